import { z } from 'zod';
import { pushConfigSchema } from '../message/push-config.js';
import { appIdSchema } from '../ids.js';

/** A public key as JWK; ES256 (EC P-256) or EdDSA (OKP Ed25519). Private members are refused. */
export const publicKeySchema = z
  .object({
    kty: z.enum(['EC', 'OKP']),
    crv: z.enum(['P-256', 'Ed25519']),
    x: z.string(),
    y: z.string().optional(),
    kid: z.string().optional(),
  })
  .strict();

export type PublicKeyJwk = z.infer<typeof publicKeySchema>;

/** A reference to a credential, never the credential: `file:<path>` as the workers see it. */
export const credentialReferenceSchema = z.string().regex(/^file:.+/);

const wire = {
  credential: credentialReferenceSchema,
  /** A file with the CA that signs the endpoint's certificate; null is the system's. */
  caFile: z.string().nullable().default(null),
};

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
export type ApnsSettings = z.infer<typeof apnsSettingsSchema>;
export type FcmSettings = z.infer<typeof fcmSettingsSchema>;

/** One app in `apps.yaml` and, as `app-configured` version 1, in APPS. */
export const appSettingsSchema = z.object({
  app: appIdSchema,
  /** Who answers the live ask: our gateways, the platform itself, or nobody (every bound device is pushed). */
  live: z.enum(['gateway', 'platform', 'none']).default('gateway'),
  /** Keys that sign the JWTs of this app's clients. */
  clientKeys: z.array(publicKeySchema).default([]),
  /** SHA-256, base64url, of the API keys of this app's servers. */
  serverKeyHashes: z.array(z.string().regex(/^[A-Za-z0-9_-]{43}$/)).default([]),
  /** The public nkey of the platform that publishes for this app over NATS; null where there is none. */
  platformNkey: z
    .string()
    .regex(/^U[A-Z2-7]{55}$/)
    .nullable()
    .default(null),
  vendors: z.object({ apns: apnsSettingsSchema.optional(), fcm: fcmSettingsSchema.optional() }).default({}),
  /** Used for a message that has no pushConfig; null: such a message is withheld(no-push-config). */
  defaultPushConfig: pushConfigSchema.nullable().default(null),
  /** How long a message is worth delivering. */
  ttlSeconds: z.number().int().min(1).max(2_592_000).default(86_400),
  /** How long a session in the foreground, and one in the background, may take to acknowledge. At most 10 s. */
  foregroundDeadlineMs: z.number().int().min(100).max(10_000).default(5_000),
  backgroundDeadlineMs: z.number().int().min(100).max(10_000).default(1_000),
  /** Messages per second of one user. */
  messagesPerSecond: z.number().int().min(1).max(1_000_000).default(10),
  /** Messages per second that one user's clients may acknowledge beside those that they are being asked about; a frame names up to 200. */
  acknowledgementsPerSecond: z.number().int().min(200).max(1_000_000).default(5_000),
  /** Inbox pages (of up to 200 messages) per second of one user's clients: what they bring may all be acknowledged at once. */
  inboxPagesPerSecond: z.number().int().min(1).max(1_000_000).default(20),
});
export type AppSettings = z.infer<typeof appSettingsSchema>;
export type AppSettingsInput = z.input<typeof appSettingsSchema>;

/** `app-removed`, version 1. */
export const appRemovedSchema = z.object({ app: appIdSchema });
export type AppRemoved = z.infer<typeof appRemovedSchema>;

/** The file `apps.yaml`. */
export const appsFileSchema = z.object({ apps: z.array(appSettingsSchema).min(1) });
