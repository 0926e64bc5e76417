import { z } from 'zod';
import { receiptStatusSchema } from '../push/receipt.js';
import type { LintContext, LintFault, VendorWords } from './words.js';
import { wire } from './wire.js';

/** `LOW` is marketing, `NORMAL` is service: with the right to it Honor counts nothing of it. */
const importanceSchema = z.enum(['LOW', 'NORMAL']);

/**
 * Honor Push of an app. `credential` is a JSON file with `client_id` and `client_secret`: at Honor neither is the app's id. Honor's
 * own reference could not be read: what the sources contradict each other in is a setting.
 */
export const honorSettingsSchema = z.object({
  ...wire,
  /** The App ID: it stands in the address that messages go to. */
  appId: z.string().regex(/^\d{1,64}$/),
  /** Before Honor's change of name: `https://push-api.cloud.hihonor.com`. */
  endpoint: z.url().default('https://push-api.cloud.honor.com'),
  /** Older: `https://iam.developer.hihonor.com/auth/token`. */
  tokenEndpoint: z.url().default('https://iam.developer.honor.com/auth/token'),
  sender: z.enum(['https', 'http2']).default('https'),
  /** The app has Honor's right to classify its own messages; without it Honor counts every alert as marketing. */
  serviceMessages: z.boolean().default(true),
  /** Marketing alerts that one device gets of the app in a day: 2, or 5 for a licensed news app. */
  marketingPerDevicePerDay: z.number().int().min(1).max(1000).default(2),
  /** Pushes of a test app: not limited per device, and at most 1000 a day. */
  testing: z.boolean().default(false),
  /** The full name of the app's start activity; without it the number on the icon is left alone. */
  badgeClass: z.string().min(1).max(255).nullable().default(null),
  /** What `code` of an answer means success where the answer does not say `sendResult`: sources have 200, 0, 80000000, 12200000. */
  successCodes: z.array(z.number().int()).min(1).default([200, 0, 80_000_000, 12_200_000]),
  /** What a token in `failTokens` is. No source says why a token stands there, so by default nothing is concluded. */
  failTokens: z.enum(['unclassified', 'token-unregistered']).default('unclassified'),
  /** What `status` of a receipt means: sources have 0 and 40000002 for a delivery. What is not here is kept with its number. */
  receiptStatuses: z
    .record(z.string().regex(/^\d{1,9}$/), receiptStatusSchema)
    .default({ '0': 'delivered', '40000002': 'delivered' }),
});
export type HonorSettings = z.infer<typeof honorSettingsSchema>;

/** What a strategy says to Honor alone. */
export const honorStrategySchema = z.strictObject({
  /** Overrides what the class leads to: `LOW` for marketing, `NORMAL` for all else. */
  importance: importanceSchema.optional(),
  /** The text is shown whole when the notification is pulled down. */
  bigText: z.boolean().optional(),
  /** An https address of a picture; service messages only. */
  image: z
    .url({ protocol: /^https$/ })
    .max(512)
    .optional(),
});
export type HonorStrategy = z.infer<typeof honorStrategySchema>;

export const honorWords: VendorWords<typeof honorSettingsSchema, typeof honorStrategySchema> = {
  settings: honorSettingsSchema,
  strategy: honorStrategySchema,
  strategies: ['alert', 'silent'],
  hasCallToken: false,
  lint,
};

function lint(
  section: HonorStrategy,
  { pushClass, strategy, settings }: LintContext<HonorSettings>,
): LintFault[] {
  const faults: LintFault[] = [];
  const fault = (field: string, message: string): number => faults.push({ path: [field], message });
  const { importance, image } = section;
  if (strategy === 'silent') {
    for (const field of ['importance', 'bigText', 'image'] as const)
      if (section[field] !== undefined) fault(field, `a silent push shows nothing: leave ${field} out`);
    return faults;
  }
  if (pushClass === 'marketing') {
    if (importance === 'NORMAL') fault('importance', 'marketing goes out as LOW: write LOW, or leave it out');
    if (image !== undefined) fault('image', 'Honor shows pictures in service messages only: leave it out');
    return faults;
  }
  if (importance === 'LOW')
    fault(
      'importance',
      `the class ${pushClass} would be capped as marketing with LOW: write NORMAL, or leave it out`,
    );
  if (importance === 'NORMAL' && !settings.serviceMessages)
    fault('importance', 'the app has no right to NORMAL: set vendors.honor.serviceMessages, or leave it out');
  if (image !== undefined && !settings.serviceMessages)
    fault('image', 'Honor shows pictures in service messages only: set vendors.honor.serviceMessages');
  return faults;
}
