import { z } from 'zod';
import { deviceIdSchema, instantSchema, pushIdSchema, tokenRefSchema, userIdSchema } from '../ids.js';
import { rejectedReasonSchema } from '../push/outcome.js';
import { pushEnvironmentSchema, vendorNameSchema } from '../push/vendor.js';
import { platformSchema } from './platform.js';

/** A device has up to two tokens: the one for alerts and silent pushes, and Apple's second one for calls. */
export const tokenKindSchema = z.enum(['alert', 'voip']);
export type TokenKind = z.infer<typeof tokenKindSchema>;

/** `user-bound`, version 1: a user logged in on a device. */
export const userBoundSchema = z.object({
  deviceId: deviceIdSchema,
  user: userIdSchema,
  platform: platformSchema,
  boundAt: instantSchema,
});
/** `user-unbound`, version 1: the user logged out; nothing is pushed to this device for them any more. */
export const userUnboundSchema = z.object({
  deviceId: deviceIdSchema,
  user: userIdSchema,
  unboundAt: instantSchema,
});
/**
 * `push-token-bound`, version 1: a token (named by its reference) belongs to this device now. Over all devices of an app
 * and vendor a token belongs to the binding with the highest position.
 */
export const pushTokenBoundSchema = z.object({
  deviceId: deviceIdSchema,
  pushId: pushIdSchema,
  /** SHA-256 of the device secret, base64url. */
  deviceSecretHash: z.string(),
  kind: tokenKindSchema,
  vendor: vendorNameSchema,
  environment: pushEnvironmentSchema,
  tokenRef: tokenRefSchema,
  /** Bundle id or package name, where the app has several; null is the app's default. */
  bundle: z.string().max(255).nullable(),
  boundAt: instantSchema,
});
/** `push-token-lost`, version 1: another device registered the same token later. */
export const pushTokenLostSchema = z.object({
  deviceId: deviceIdSchema,
  kind: tokenKindSchema,
  vendor: vendorNameSchema,
  tokenRef: tokenRefSchema,
  toDeviceId: deviceIdSchema,
  /** The position of the binding that lost. */
  lostPosition: z.number().int().min(1),
  lostAt: instantSchema,
});
/** `push-token-invalidated`, version 1: the vendor says that the token is dead, and it was bound before the vendor's word. */
export const pushTokenInvalidatedSchema = z.object({
  deviceId: deviceIdSchema,
  kind: tokenKindSchema,
  vendor: vendorNameSchema,
  tokenRef: tokenRefSchema,
  reason: rejectedReasonSchema,
  observedAt: instantSchema,
  invalidatedAt: instantSchema,
});
/** `push-unregistered`, version 1: the app called `unregisterPush` on the device. */
export const pushUnregisteredSchema = z.object({ deviceId: deviceIdSchema, unregisteredAt: instantSchema });

/** `push-token-restored`, version 1: a token that was called dead counts again, unless a newer binding has it. */
export const pushTokenRestoredSchema = z.object({
  deviceId: deviceIdSchema,
  kind: tokenKindSchema,
  vendor: vendorNameSchema,
  tokenRef: tokenRefSchema,
  /** `suspected`: too many of the line's tokens died at once; `operator`: somebody has asked for it. */
  because: z.enum(['suspected', 'operator']),
  restoredAt: instantSchema,
});

export type PushTokenRestored = z.infer<typeof pushTokenRestoredSchema>;
export type UserBound = z.infer<typeof userBoundSchema>;
export type UserUnbound = z.infer<typeof userUnboundSchema>;
export type PushTokenBound = z.infer<typeof pushTokenBoundSchema>;
export type PushTokenLost = z.infer<typeof pushTokenLostSchema>;
export type PushTokenInvalidated = z.infer<typeof pushTokenInvalidatedSchema>;
export type PushUnregistered = z.infer<typeof pushUnregisteredSchema>;
