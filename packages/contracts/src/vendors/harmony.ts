import { z } from 'zod';
import type { PushClass } from '../push/resource.js';
import type { LintContext, LintFault, VendorWords } from './words.js';
import { credentialReferenceSchema, wire } from './wire.js';

/** `payload.notification.category` of Push Kit's scenario-based API (v3). */
const harmonyCategorySchema = z.enum([
  'IM',
  'VOIP',
  'MISS_CALL',
  'SUBSCRIPTION',
  'TRAVEL',
  'HEALTH',
  'WORK',
  'ACCOUNT',
  'EXPRESS',
  'FINANCE',
  'DEVICE_REMINDER',
  'MAIL',
  'MARKETING',
]);
export type HarmonyCategory = z.infer<typeof harmonyCategorySchema>;

/** Which categories a class of pushes may have. A missed call is told in the chat or by the call itself. */
const categoriesOf: Readonly<Record<PushClass, readonly HarmonyCategory[]>> = {
  call: ['VOIP', 'MISS_CALL'],
  chat: ['IM', 'MISS_CALL'],
  service: [
    'SUBSCRIPTION',
    'TRAVEL',
    'HEALTH',
    'WORK',
    'ACCOUNT',
    'EXPRESS',
    'FINANCE',
    'DEVICE_REMINDER',
    'MAIL',
  ],
  marketing: ['MARKETING'],
};

/**
 * Push Kit of an app for HarmonyOS 5 and later. `credential` is the key file of a service account (`key_id`, `private_key`,
 * `sub_account`), as the API console gives it out.
 */
export const harmonySettingsSchema = z.object({
  ...wire,
  /** The project's id at AppGallery Connect: digits. */
  projectId: z.string().regex(/^\d{1,64}$/),
  /** The app's id at AppGallery Connect, which revocations name; without it nothing is taken back. */
  clientId: z
    .string()
    .regex(/^\d{1,64}$/)
    .nullable()
    .default(null),
  endpoint: z.url().default('https://push-api.cloud.huawei.com'),
  /** What the JWT is made out to; nothing is asked there. */
  audience: z.url().default('https://oauth-login.cloud.huawei.com/oauth2/v3/token'),
  sender: z.enum(['https', 'http2']).default('https'),
  /** The category of alerts whose strategy names none and that are neither call nor marketing. */
  category: harmonyCategorySchema.default('IM'),
  /** A sound in the app's `/resources/rawfile` folder; null is the system's. */
  sound: z.string().min(1).max(128).nullable().default(null),
  /** Which of the project's receipt addresses is called (`receiptId`); null is the console's default. */
  receiptId: z.string().min(1).max(64).nullable().default(null),
  /** How receipts are signed; null: they are not, and the address alone keeps strangers out. */
  receiptSignature: z
    .object({ userName: z.string().min(1), key: credentialReferenceSchema })
    .nullable()
    .default(null),
  /** Test messages: at most 1000 a day for the project, and ten targets in a request. */
  testing: z.boolean().default(false),
  /** Marketing pushes that one device gets of the app in a day: 2, or 5 for a licensed news app. */
  marketingPerDevicePerDay: z.number().int().min(1).max(1000).default(2),
});
export type HarmonySettings = z.infer<typeof harmonySettingsSchema>;

/** What a strategy says to HarmonyOS alone. */
export const harmonyStrategySchema = z.strictObject({
  /** The project needs a right for each but `MARKETING`; without the right the push counts as marketing. */
  category: harmonyCategorySchema.optional(),
  sound: z.string().min(1).max(128).nullable().optional(),
  /** False: not shown while the app is in the foreground. */
  foregroundShow: z.boolean().optional(),
  /** For a phone that is off the network: -1 keeps every push, 0 the newest, 1 to 100 the newest of each group. */
  collapseKey: z.number().int().min(-1).max(100).optional(),
});
export type HarmonyStrategy = z.infer<typeof harmonyStrategySchema>;

export const harmonyWords: VendorWords<typeof harmonySettingsSchema, typeof harmonyStrategySchema> = {
  settings: harmonySettingsSchema,
  strategy: harmonyStrategySchema,
  // A call is a push of a type of its own, to the same token.
  strategies: ['alert', 'silent', 'voip'],
  withdraws: ['alert'],
  hasCallToken: false,
  lint,
};

function lint(section: HarmonyStrategy, { pushClass, strategy }: LintContext<HarmonySettings>): LintFault[] {
  const faults: LintFault[] = [];
  const fault = (field: string, message: string): number => faults.push({ path: [field], message });
  if (strategy !== 'alert') {
    for (const field of ['category', 'sound', 'foregroundShow', 'collapseKey'] as const)
      if (section[field] !== undefined) fault(field, `a ${strategy} push shows nothing: leave ${field} out`);
    return faults;
  }
  const allowed = categoriesOf[pushClass];
  const { category } = section;
  if (category === undefined) {
    if (pushClass === 'service')
      fault('category', `a push of class service needs a category: one of ${allowed.join(', ')}`);
  } else if (!allowed.includes(category)) {
    fault('category', `category ${category} does not fit class ${pushClass}: write ${allowed.join(' or ')}`);
  }
  return faults;
}
