import { z } from 'zod';
import type { VendorWords } from './words.js';
import { wire } from './wire.js';

/** Apple push of an app. `credential` is a .p8 key. */
export const apnsSettingsSchema = z.object({
  ...wire,
  teamId: z.string().min(1),
  keyId: z.string().min(1),
  /** The default topic: the app's bundle id. */
  bundleId: z.string().min(1),
  /** Further bundles of the app that the key may push to; a device that registers with any other bundle is refused. */
  otherBundleIds: z.array(z.string().min(1).max(255)).max(100).default([]),
  endpoint: z.url().default('https://api.push.apple.com'),
  developmentEndpoint: z.url().default('https://api.sandbox.push.apple.com'),
  sender: z.enum(['http2', 'node-apn']).default('http2'),
  /** Of alerts: `high` is shown at once, `normal` when it suits the phone's battery. Calls are always high. */
  priority: z.enum(['normal', 'high']).default('high'),
  mutableContent: z.boolean().default(false),
  sound: z.string().nullable().default('default'),
});
export type ApnsSettings = z.infer<typeof apnsSettingsSchema>;

/** What a strategy says to Apple alone. */
export const apnsStrategySchema = z.strictObject({
  /** Overrides the app's default; `null` is silence. */
  sound: z.string().nullable().optional(),
  /** `UNNotificationCategory`: which buttons the notification has. */
  category: z.string().max(64).optional(),
  interruptionLevel: z.enum(['passive', 'active', 'time-sensitive', 'critical']).optional(),
});
export type ApnsStrategy = z.infer<typeof apnsStrategySchema>;

export const apnsWords: VendorWords<typeof apnsSettingsSchema, typeof apnsStrategySchema> = {
  settings: apnsSettingsSchema,
  strategy: apnsStrategySchema,
  strategies: ['alert', 'silent', 'voip'],
  bundlesOf: ({ bundleId, otherBundleIds }) => ({
    names: [bundleId, ...otherBundleIds],
    declaredIn: 'otherBundleIds',
  }),
  hasCallToken: true,
  lint: () => [],
};
