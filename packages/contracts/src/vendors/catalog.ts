import { z } from 'zod';
import type { VendorName } from '../push/vendor.js';
import { apnsWords } from './apns.js';
import { fcmWords } from './fcm.js';
import { honorWords } from './honor.js';
import { webpushWords } from './webpush.js';
import { xiaomiWords } from './xiaomi.js';
import { harmonyWords } from './harmony.js';
import { huaweiWords } from './huawei.js';
import { meizuWords } from './meizu.js';
import { oppoWords } from './oppo.js';
import { vivoWords } from './vivo.js';

/** The words of every vendor. A new one is one line here and one file beside it. */
export const vendorWords = {
  apns: apnsWords,
  fcm: fcmWords,
  webpush: webpushWords,
  xiaomi: xiaomiWords,
  huawei: huaweiWords,
  harmony: harmonyWords,
  meizu: meizuWords,
  oppo: oppoWords,
  honor: honorWords,
  vivo: vivoWords,
} as const satisfies Record<VendorName, unknown>;

type Words = typeof vendorWords;
type Sections<Part extends 'settings' | 'strategy'> = {
  readonly [Name in VendorName]: z.ZodOptional<Words[Name][Part]>;
};

function sections<Part extends 'settings' | 'strategy'>(part: Part): Sections<Part> {
  return Object.fromEntries(
    Object.entries(vendorWords).map(([name, words]) => [name, words[part].optional()]),
  ) as Sections<Part>;
}

/** `vendors` of an app. */
export const vendorSettingsSchema = z.object(sections('settings'));
/** The same as a person writes it: what nobody knows is a fault. */
export const strictVendorSettingsSchema = z.strictObject(
  Object.fromEntries(
    Object.entries(vendorWords).map(([name, { settings }]) => [name, settings.strict().optional()]),
  ),
);
/** `vendors` of a strategy. */
export const vendorSectionsSchema = z.strictObject(sections('strategy'));
