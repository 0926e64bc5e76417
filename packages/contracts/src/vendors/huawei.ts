import { z } from 'zod';
import type { PushClass } from '../push/resource.js';
import type { LintContext, LintFault, VendorWords } from './words.js';
import { credentialReferenceSchema, wire } from './wire.js';

/** `message.android.category` of Huawei's downlink message API, by the class of push that each is for. */
const categories = {
  call: ['VOIP'],
  chat: ['IM'],
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
    'PLAY_VOICE',
  ],
  marketing: ['MARKETING'],
} as const satisfies Record<PushClass, readonly string[]>;
const huaweiCategorySchema = z.enum([
  ...categories.call,
  ...categories.chat,
  ...categories.service,
  ...categories.marketing,
]);
export type HuaweiCategory = z.infer<typeof huaweiCategorySchema>;

/**
 * Huawei Push Kit of an app, for Android phones and HarmonyOS up to 4. `credential` is a JSON file with `client_id` and
 * `client_secret`, or the key file of a service account (`key_id`, `private_key`, `sub_account`).
 */
export const huaweiSettingsSchema = z
  .object({
    ...wire,
    /** The app's id at AppGallery Connect: digits. */
    appId: z.string().regex(/^\d{1,64}$/),
    /** The project's id at AppGallery Connect; needed where `api` is `v2`. */
    projectId: z
      .string()
      .regex(/^\d{1,64}$/)
      .nullable()
      .default(null),
    /** Which path messages are sent to: `v1` names the app, `v2` the project. The message is the same. */
    api: z.enum(['v1', 'v2']).default('v1'),
    endpoint: z.url().default('https://push-api.cloud.huawei.com'),
    tokenEndpoint: z.url().default('https://oauth-login.cloud.huawei.com/oauth2/v3/token'),
    sender: z.enum(['https', 'http2']).default('https'),
    /** The category of pushes whose strategy names none and that are no call; null sends none, and Huawei counts it as marketing. */
    category: huaweiCategorySchema.nullable().default('IM'),
    /** Urgency of alerts; calls are always high. */
    priority: z.enum(['normal', 'high']).default('high'),
    /** The app has Huawei's right to send silent pushes with high urgency; without the right they are refused. */
    highPriorityData: z.boolean().default(false),
    /** The Android notification channel. */
    channelId: z.string().min(1).max(255).nullable().default(null),
    /** `default`, a sound in the app's `/raw` folder, or null for silence. */
    sound: z.string().min(1).max(128).nullable().default('default'),
    /** The full name of the app's start activity; without it the number on the icon is left alone. */
    badgeClass: z.string().min(1).max(255).nullable().default(null),
    /** Which of the app's receipt addresses Huawei calls (`receipt_id`); null is the console's default. */
    receiptId: z.string().min(1).max(64).nullable().default(null),
    /** How Huawei signs its receipts; null: it does not, and the address alone keeps strangers out. */
    receiptSignature: z
      .object({ userName: z.string().min(1), key: credentialReferenceSchema })
      .nullable()
      .default(null),
    /** Pushes of a test app: not limited per device, and at most 500 a day. */
    testing: z.boolean().default(false),
    /** Marketing pushes that one device gets of the app in a day: 2, or 5 for a licensed news app. */
    marketingPerDevicePerDay: z.number().int().min(1).max(1000).default(2),
  })
  .refine(({ api, projectId }) => api === 'v1' || projectId !== null, {
    path: ['projectId'],
    error: 'api v2 names the project: set projectId',
  });
export type HuaweiSettings = z.infer<typeof huaweiSettingsSchema>;

/** What a strategy says to Huawei alone. */
export const huaweiStrategySchema = z.strictObject({
  /** The app needs Huawei's right for each but `MARKETING`; without the right the push counts as marketing. */
  category: huaweiCategorySchema.optional(),
  /** The Android notification channel; overrides the app's default. */
  channelId: z.string().min(1).max(255).optional(),
  /** `HIGH` is in Huawei's own programs and not in its document. */
  importance: z.enum(['LOW', 'NORMAL', 'HIGH']).optional(),
  sound: z.string().min(1).max(128).nullable().optional(),
  /** False: not shown while the app is in the foreground. */
  foregroundShow: z.boolean().optional(),
  /** For a phone that is off the network: -1 keeps every push, 0 the newest, 1 to 100 the newest of each group. */
  collapseKey: z.number().int().min(-1).max(100).optional(),
});
export type HuaweiStrategy = z.infer<typeof huaweiStrategySchema>;

export const huaweiWords: VendorWords<typeof huaweiSettingsSchema, typeof huaweiStrategySchema> = {
  settings: huaweiSettingsSchema,
  strategy: huaweiStrategySchema,
  strategies: ['alert', 'silent'],
  withdraws: ['alert'],
  hasCallToken: false,
  lint,
};

function lint(section: HuaweiStrategy, { pushClass, strategy }: LintContext<HuaweiSettings>): LintFault[] {
  const faults: LintFault[] = [];
  const fault = (field: string, message: string): number => faults.push({ path: [field], message });
  const allowed: readonly HuaweiCategory[] = categories[pushClass];
  const { category } = section;
  if (category === undefined) {
    if (pushClass === 'service')
      fault('category', `a push of class service needs a category: one of ${allowed.join(', ')}`);
  } else if (!allowed.includes(category)) {
    fault('category', `category ${category} does not fit class ${pushClass}: write ${allowed.join(' or ')}`);
  } else if (category === 'PLAY_VOICE' && strategy !== 'silent') {
    fault('category', 'category PLAY_VOICE is for strategy silent only');
  }
  if (strategy === 'silent') {
    for (const field of ['channelId', 'importance', 'sound', 'foregroundShow'] as const)
      if (section[field] !== undefined) fault(field, `a silent push shows nothing: leave ${field} out`);
  }
  return faults;
}
