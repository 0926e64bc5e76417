import { z } from 'zod';
import { inboxItemSchema } from '../ask/live.js';
import { refusalCodeSchema } from '../ask/refusal.js';
import { platformSchema } from '../device/platform.js';
import {
  clientMessageIdSchema,
  deviceIdSchema,
  instantSchema,
  messageIdSchema,
  sessionIdSchema,
  userIdSchema,
} from '../ids.js';
import { messageContentSchema, messagePrioritySchema } from '../message/content.js';
import { pushConfigSchema } from '../message/push-config.js';

/** The WebSocket subprotocol: JSON text frames `{t, id?, …}` of at most 64 KiB; unknown fields are ignored. */
export const subprotocol = 'reveille.v1';
export const maxFrameBytes = 65_536;
export const heartbeatMs = 10_000;
export const offlineAfterMs = 35_000;

/** `id` comes back in the answer (`sent`, `page`, `error`, `ok`). */
const id = z.string().max(64).optional();

export const clientFrameSchema = z.discriminatedUnion('t', [
  z.object({
    t: z.literal('hello'),
    id,
    sdk: z.string().max(64),
    deviceId: deviceIdSchema,
    platform: platformSchema.default('unknown'),
  }),
  z.object({
    t: z.literal('login'),
    id,
    token: z.string().max(8192),
    background: z.boolean().default(false),
  }),
  z.object({
    t: z.literal('send'),
    id,
    clientMessageId: clientMessageIdSchema,
    /** Above 0 for a resend: the first one's answer never arrived. */
    attempt: z.number().int().min(0).default(0),
    recipients: z.array(userIdSchema).min(1).max(100),
    content: messageContentSchema,
    pushConfig: pushConfigSchema.nullable().default(null),
    priority: messagePrioritySchema.default('medium'),
    ttlSeconds: z.number().int().min(1).max(2_592_000).nullable().default(null),
  }),
  /** Nothing answers it but an `error`: none of its messages counts then that is not being asked about. */
  z.object({ t: z.literal('ack'), id, messageIds: z.array(messageIdSchema).min(1).max(200) }),
  z.object({ t: z.literal('state'), id, background: z.boolean() }),
  z.object({
    t: z.literal('inbox'),
    id,
    cursor: z.string().max(256).nullable().default(null),
    limit: z.number().int().min(1).max(200).default(100),
  }),
  z.object({ t: z.literal('ping'), id }),
  z.object({ t: z.literal('logout'), id }),
]);
export type ClientFrame = z.infer<typeof clientFrameSchema>;
export type ClientFrameInput = z.input<typeof clientFrameSchema>;

export const serverFrameSchema = z.discriminatedUnion('t', [
  z.object({
    t: z.literal('welcome'),
    id,
    sessionId: sessionIdSchema,
    user: userIdSchema,
    heartbeatMs: z.number().int(),
    limits: z.object({ maxFrameBytes: z.number().int(), messagesPerSecond: z.number().int() }),
  }),
  z.object({ t: z.literal('sent'), id, messageId: messageIdSchema, acceptedAt: instantSchema }),
  z.object({ t: z.literal('deliver'), message: inboxItemSchema }),
  z.object({
    t: z.literal('page'),
    id,
    items: z.array(inboxItemSchema),
    cursor: z.string(),
    more: z.boolean(),
  }),
  z.object({ t: z.literal('pong'), id }),
  /** Answers `state` and `logout`. */
  z.object({ t: z.literal('ok'), id }),
  z.object({
    t: z.literal('error'),
    id,
    code: refusalCodeSchema,
    message: z.string(),
    /** When the same frame may be sent again; null where that would not help. */
    retryAfterMs: z.number().int().nullable(),
  }),
  z.object({ t: z.literal('kicked'), reason: z.string() }),
]);
export type ServerFrame = z.infer<typeof serverFrameSchema>;

/** Close codes of ours. 1001/1012: the gateway goes away, connect again (elsewhere). */
export const closeCode = {
  frameInvalid: 4400,
  notLoggedIn: 4401,
  loginTimeout: 4408,
  frameTooLarge: 4413,
  heartbeatLost: 4420,
  /** The client does not read: what it missed waits in its inbox. */
  slowReader: 4421,
  kicked: 4430,
  loggedOut: 4431,
  tokenExpired: 4432,
  unavailable: 4450,
} as const;
