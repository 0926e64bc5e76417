import { z } from 'zod';
import { deviceIdSchema, gatewayIdSchema, instantSchema, sessionIdSchema, userIdSchema } from '../ids.js';
import { platformSchema } from '../device/platform.js';

const sessionSchema = z.object({
  sessionId: sessionIdSchema,
  user: userIdSchema,
  deviceId: deviceIdSchema,
  gatewayId: gatewayIdSchema,
});

/** The KV record of a session (bucket SESSION_RECORDS, key `<app>.<session id>`), written by presence alone. */
export const sessionRecordSchema = sessionSchema.extend({
  platform: platformSchema,
  background: z.boolean(),
  openedAt: instantSchema,
});
export type SessionRecord = z.infer<typeof sessionRecordSchema>;

/** `session-opened`, version 1. */
export const sessionOpenedSchema = sessionRecordSchema.extend({});
/** `session-moved`, version 1: to the background or back. */
export const sessionMovedSchema = sessionSchema.extend({ background: z.boolean(), movedAt: instantSchema });
/** `session-closed`, version 1. `lost`: heartbeat or gateway gone; `kicked`: another login took its place. */
export const sessionClosedSchema = sessionSchema.extend({
  reason: z.enum(['logout', 'disconnected', 'lost', 'kicked']),
  closedAt: instantSchema,
});
export type SessionOpened = z.infer<typeof sessionOpenedSchema>;
export type SessionMoved = z.infer<typeof sessionMovedSchema>;
export type SessionClosed = z.infer<typeof sessionClosedSchema>;
