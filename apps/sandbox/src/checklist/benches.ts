import { apnsRows } from './apns-rows.js';
import { fcmRows } from './fcm-rows.js';
import { harmonyRows } from './harmony-rows.js';
import { huaweiRows } from './huawei-rows.js';
import { honorRows } from './honor-rows.js';
import { meizuRows } from './meizu-rows.js';
import { oppoRows } from './oppo-rows.js';
import { vivoRows } from './vivo-rows.js';
import type { VendorRows } from './vendor-rows.js';
import { webpushRows } from './webpush-rows.js';
import { xiaomiRows } from './xiaomi-rows.js';

/** Every vendor's checklist. A new vendor is one line here. */
export const vendorRows: readonly VendorRows[] = [
  // One to a line: whoever adds a vendor touches one.
  apnsRows,
  fcmRows,
  webpushRows,
  xiaomiRows,
  huaweiRows,
  honorRows,
  oppoRows,
  vivoRows,
  harmonyRows,
  meizuRows,
];
