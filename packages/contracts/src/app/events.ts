import { z } from 'zod';
import { appIdSchema } from '../ids.js';
import { pushConfigSchema } from '../message/push-config.js';
import { vendorSettingsSchema } from '../vendors/catalog.js';
import { strategyDocumentSchema } from './strategy.js';

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

/** One app as `apps.yaml` says it. */
export const appDocumentSchema = z.object({
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
  /** The vendors that the app pushes through, each in its own words. */
  vendors: vendorSettingsSchema.default({}),
  /** What a `resourcesID` of a message stands for. */
  strategies: z.array(strategyDocumentSchema).max(200).default([]),
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
export type AppDocument = z.infer<typeof appDocumentSchema>;
export type AppDocumentInput = z.input<typeof appDocumentSchema>;

/** Who changed an app, by which road and why; when is the stream's to say. */
export const appChangeSchema = z.object({
  /** `file`: the router found it in the file that it reads at start. */
  from: z.enum(['file', 'apply', 'rollback']),
  by: z.string().min(1).max(200),
  because: z.string().max(500).nullable(),
  /** The revision that a rollback brought back. */
  restored: z.number().int().min(0).nullable().default(null),
});
export type AppChange = z.infer<typeof appChangeSchema>;

/** `app-configured`, version 1: an app whole. Every change is a revision of its own, and all of them are kept. */
export const appSettingsSchema = appDocumentSchema.extend({
  /** From 1, by one with every change. */
  revision: z.number().int().min(0).default(0),
  change: appChangeSchema.nullable().default(null),
});
export type AppSettings = z.infer<typeof appSettingsSchema>;
export type AppSettingsInput = z.input<typeof appSettingsSchema>;

/** `app-removed`, version 1. */
export const appRemovedSchema = z.object({
  app: appIdSchema,
  /** Counted on from the app's settings. */
  revision: z.number().int().min(0).default(0),
  change: appChangeSchema.nullable().default(null),
});
export type AppRemoved = z.infer<typeof appRemovedSchema>;
