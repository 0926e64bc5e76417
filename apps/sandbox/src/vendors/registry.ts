import type { SandboxVendor } from '../sandbox-vendor.js';
import { apnsSandbox } from './apns/apns.sandbox.js';
import { fcmSandbox } from './fcm/fcm.sandbox.js';
import { honorSandbox } from './honor/honor.sandbox.js';
import { harmonySandbox } from './harmony/harmony.sandbox.js';
import { huaweiSandbox } from './huawei/huawei.sandbox.js';
import { meizuSandbox } from './meizu/meizu.sandbox.js';
import { oppoSandbox } from './oppo/oppo.sandbox.js';
import { vivoSandbox } from './vivo/vivo.sandbox.js';
import { webpushSandbox } from './webpush/webpush.sandbox.js';
import { xiaomiSandbox } from './xiaomi/xiaomi.sandbox.js';

/** Every vendor of the sandbox. New ones come last: the order gives the default ports. */
export const sandboxVendors: readonly SandboxVendor[] = [
  apnsSandbox,
  fcmSandbox,
  xiaomiSandbox,
  webpushSandbox,
  huaweiSandbox,
  oppoSandbox,
  honorSandbox,
  vivoSandbox,
  harmonySandbox,
  meizuSandbox,
];
