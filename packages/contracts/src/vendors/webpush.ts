import { z } from 'zod';
import type { LintFault, VendorWords } from './words.js';
import { wire } from './wire.js';

/** RFC 8030, 5.3. */
export const webpushUrgencies = ['very-low', 'low', 'normal', 'high'] as const;
const urgencySchema = z.enum(webpushUrgencies);
export type WebpushUrgency = z.infer<typeof urgencySchema>;

/** `https://host` or `https://*.host`: which origins speak for a push service that the app relies on. */
const servicePatternSchema = z.string().regex(/^https:\/\/(\*\.)?[a-z0-9.-]+(:\d{1,5})?$/);

/**
 * Web push of an app. `credential` is the app's VAPID key (RFC 8292): JSON with `publicKey` and `privateKey` in base64url, or
 * a P-256 private key in PEM. Where a push goes is the subscription's choice: the browser's push service is an endpoint URL.
 */
export const webpushSettingsSchema = z.object({
  ...wire,
  /** Whom a push service writes to about this app: `mailto:` or `https:`. Apple refuses pushes without it. */
  subject: z.string().regex(/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/),
  /** RFC 8030 asks for HTTP/2; every service takes HTTP/1.1 too, and some take nothing else. */
  sender: z.enum(['https', 'http2']).default('https'),
  /** Of alerts that no strategy says more of. `high` wakes a phone that sleeps. */
  urgency: urgencySchema.default('high'),
  /**
   * The push services whose word about the app's own key is believed: any browser may name any server as its push service, and
   * what a stranger's server says must not halt the app.
   */
  services: z
    .array(servicePatternSchema)
    .max(100)
    .default([
      'https://fcm.googleapis.com',
      'https://updates.push.services.mozilla.com',
      'https://*.push.apple.com',
      'https://*.notify.windows.com',
    ]),
  /** What becomes of subscriptions at any other push service: a slow one, or one with bad intent, costs the app's workers time. */
  otherServices: z.enum(['allowed', 'refused']).default('allowed'),
  /** Lets subscriptions lead into private networks and to other ports than 443. For a push service of one's own, and for tests. */
  allowPrivateEndpoints: z.boolean().default(false),
  /** The https page that a click opens, where the strategy names none. */
  webLink: z
    .url({ protocol: /^https$/ })
    .nullable()
    .default(null),
});
export type WebpushSettings = z.infer<typeof webpushSettingsSchema>;

/** What a strategy says to browsers alone. */
export const webpushStrategySchema = z.strictObject({
  /** Overrides what the class and the priority of the strategy lead to. */
  urgency: urgencySchema.optional(),
  icon: z
    .url({ protocol: /^https$/ })
    .max(512)
    .optional(),
  /** The notification stays until the person deals with it. */
  requireInteraction: z.boolean().optional(),
});
export type WebpushStrategy = z.infer<typeof webpushStrategySchema>;

/** The token of a web device: what `JSON.stringify(subscription)` gives in the browser. */
export const webpushSubscriptionSchema = z.object({
  endpoint: z.url().max(2048),
  keys: z.object({
    /** The browser's P-256 point, uncompressed (65 bytes), base64url. */
    p256dh: z.string().regex(/^B[A-Za-z0-9_-]{86}=?$/),
    /** 16 bytes, base64url. */
    auth: z.string().regex(/^[A-Za-z0-9_-]{22}(==)?$/),
  }),
});
export type WebpushSubscription = z.infer<typeof webpushSubscriptionSchema>;

/** What the browser's `push` event finds in its data, as JSON. */
export const webpushMessageSchema = z.object({
  title: z.string().optional(),
  body: z.string().optional(),
  /** For `showNotification`: a repeat has the same one and takes the first one's place. */
  tag: z.string(),
  payload: z.string().optional(),
  threadId: z.string().optional(),
  /** For `navigator.setAppBadge`. */
  badge: z.number().int().optional(),
  badgeIncrement: z.number().int().optional(),
  silent: z.literal(true).optional(),
  requireInteraction: z.literal(true).optional(),
  icon: z.string().optional(),
  /** The page that a click opens. */
  url: z.string().optional(),
  /** Epoch milliseconds. */
  sentAt: z.number().int(),
});
export type WebpushMessage = z.infer<typeof webpushMessageSchema>;

export const webpushWords: VendorWords<typeof webpushSettingsSchema, typeof webpushStrategySchema> = {
  settings: webpushSettingsSchema,
  strategy: webpushStrategySchema,
  // Browsers take the right to push from a page that shows nothing, so there is no silent push to rely on, and no call.
  strategies: ['alert'],
  hasCallToken: false,
  lint: ({ urgency }, { pushClass }) => {
    if (urgency === undefined) return [];
    if (pushClass === 'call' && urgency !== 'high')
      return [fault(`a call with urgency ${urgency} may ring when it is over: write high, or leave it out`)];
    if (pushClass === 'marketing' && (urgency === 'high' || urgency === 'normal'))
      return [fault(`marketing must not wake phones with urgency ${urgency}: write low or very-low`)];
    return [];
  },
};

function fault(message: string): LintFault {
  return { path: ['urgency'], message };
}
