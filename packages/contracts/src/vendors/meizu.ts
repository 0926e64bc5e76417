import { z } from 'zod';
import { pushClassSchema } from '../push/resource.js';
import type { LintContext, LintFault, VendorWords } from './words.js';
import { wire } from './wire.js';

/** `noticeMsgType`: a public message is capped per phone and day, a private one is not. */
export const meizuMessageTypeSchema = z.enum(['public', 'private']);
export type MeizuMessageType = z.infer<typeof meizuMessageTypeSchema>;

/** Flyme push of an app. `credential` is a file with the AppSecret. */
export const meizuSettingsSchema = z.object({
  ...wire,
  /** The app's id in the console: digits. */
  appId: z.string().regex(/^\d{1,20}$/),
  endpoint: z.url().default('https://server-api-push.meizu.com'),
  sender: z.enum(['https', 'http2']).default('https'),
  /** The classes of pushes that are private messages unless their strategy says otherwise. */
  privateClasses: z.array(pushClassSchema).default(['call', 'chat', 'service']),
  /** Of public messages; licensed news apps have 5. */
  publicPerDevicePerDay: z.number().int().min(1).default(3),
  /** Meizu does not say how many a day an app has; null: no limit of ours. */
  publicPerDay: z.number().int().min(1).nullable().default(null),
  /** Whether the receipt address is registered in the console: a push that asks for receipts at another one fails. */
  receiptsRegistered: z.boolean().default(false),
  /** Null is silence; Meizu has one sound. */
  sound: z.string().nullable().default('default'),
});
export type MeizuSettings = z.infer<typeof meizuSettingsSchema>;

/** What a strategy says to Meizu alone. */
export const meizuStrategySchema = z.strictObject({
  messageType: meizuMessageTypeSchema.optional(),
  /** Whether it floats over what is on the screen; absent: it does. */
  floats: z.boolean().optional(),
});
export type MeizuStrategy = z.infer<typeof meizuStrategySchema>;

export const meizuWords: VendorWords<typeof meizuSettingsSchema, typeof meizuStrategySchema> = {
  settings: meizuSettingsSchema,
  strategy: meizuStrategySchema,
  strategies: ['alert'],
  hasCallToken: false,
  lint: lintMeizu,
};

function lintMeizu(
  { messageType }: MeizuStrategy,
  { pushClass, settings }: LintContext<MeizuSettings>,
): readonly LintFault[] {
  const type = messageType ?? (settings.privateClasses.includes(pushClass) ? 'private' : 'public');
  const fault = (message: string): readonly LintFault[] => [{ path: ['messageType'], message }];
  if (type === 'private' && pushClass === 'marketing')
    return fault('marketing may not be a private message: write public');
  if (type === 'public' && (pushClass === 'call' || pushClass === 'chat'))
    return fault(`the class ${pushClass} would be capped as a public message: write private`);
  return [];
}
