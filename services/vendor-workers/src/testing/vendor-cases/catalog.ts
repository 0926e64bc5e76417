import type { VendorName } from '@reveille/contracts/push/vendor';
import { apnsCases } from './apns.js';
import { fcmCases } from './fcm.js';
import { honorCases } from './honor.js';
import { harmonyCases } from './harmony.js';
import { huaweiCases } from './huawei.js';
import { meizuCases } from './meizu.js';
import { oppoCases } from './oppo.js';
import { vivoCases } from './vivo.js';
import type { VendorCases } from './vendor-cases.js';
import { xiaomiCases } from './xiaomi.js';
import { webpushCases } from './webpush.js';

/** How the cases of the contract come about at each vendor. A new vendor is one line here and one file beside it. */
export const vendorCases: Readonly<Record<VendorName, VendorCases>> = {
  apns: apnsCases,
  fcm: fcmCases,
  xiaomi: xiaomiCases,
  webpush: webpushCases,
  oppo: oppoCases,
  huawei: huaweiCases,
  harmony: harmonyCases,
  honor: honorCases,
  vivo: vivoCases,
  meizu: meizuCases,
};
