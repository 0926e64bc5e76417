import { z } from 'zod';
import type { VendorWords } from './words.js';
import { wire } from './wire.js';

/** Google push of an app. `credential` is a service-account JSON file. */
export const fcmSettingsSchema = z.object({
  ...wire,
  projectId: z.string().min(1),
  endpoint: z.url().default('https://fcm.googleapis.com'),
  tokenEndpoint: z.url().default('https://oauth2.googleapis.com/token'),
  sender: z.enum(['http2', 'firebase-admin']).default('http2'),
  priority: z.enum(['normal', 'high']).default('high'),
  /**
   * How an alert reaches an Android phone: shown by the system, or handed to the app as data, which shows it itself. FCM keeps
   * one notification for a phone that is off the network, and up to 100 data messages. iPhones and the web are always shown.
   */
  alerts: z.enum(['notification', 'data']).default('notification'),
  /** The https page that a click on a web notification opens. */
  webLink: z
    .url({ protocol: /^https$/ })
    .nullable()
    .default(null),
  /** The Android notification channel. */
  channelId: z.string().nullable().default(null),
  sound: z.string().nullable().default('default'),
});
export type FcmSettings = z.infer<typeof fcmSettingsSchema>;

/** What a strategy says to Google alone. */
export const fcmStrategySchema = z.strictObject({
  /** The Android notification channel; overrides the app's default. */
  channelId: z.string().min(1).max(255).optional(),
  sound: z.string().nullable().optional(),
});
export type FcmStrategy = z.infer<typeof fcmStrategySchema>;

export const fcmWords: VendorWords<typeof fcmSettingsSchema, typeof fcmStrategySchema> = {
  settings: fcmSettingsSchema,
  strategy: fcmStrategySchema,
  strategies: ['alert', 'silent'],
  hasCallToken: false,
  lint: () => [],
};
