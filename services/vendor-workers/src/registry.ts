import type { VendorName } from '@reveille/contracts/push/vendor';
import type { Vendor } from './vendor.js';
import { apnsVendor } from './vendors/apns/apns.vendor.js';
import { fcmVendor } from './vendors/fcm/fcm.vendor.js';
import { webpushVendor } from './vendors/webpush/webpush.vendor.js';
import { xiaomiVendor } from './vendors/xiaomi/xiaomi.vendor.js';
import { harmonyVendor } from './vendors/harmony/harmony.vendor.js';
import { huaweiVendor } from './vendors/huawei/huawei.vendor.js';
import { meizuVendor } from './vendors/meizu/meizu.vendor.js';
import { oppoVendor } from './vendors/oppo/oppo.vendor.js';
import { honorVendor } from './vendors/honor/honor.vendor.js';
import { vivoVendor } from './vendors/vivo/vivo.vendor.js';

/** Every vendor that a worker can serve. A new one is one line here and one folder. */
export const registry: Readonly<Record<VendorName, Vendor>> = {
  apns: apnsVendor,
  fcm: fcmVendor,
  webpush: webpushVendor,
  xiaomi: xiaomiVendor,
  huawei: huaweiVendor,
  harmony: harmonyVendor,
  meizu: meizuVendor,
  oppo: oppoVendor,
  honor: honorVendor,
  vivo: vivoVendor,
};
