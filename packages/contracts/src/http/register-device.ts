import { z } from 'zod';
import { platformSchema } from '../device/platform.js';
import { pushIdSchema, userIdSchema } from '../ids.js';
import { pushEnvironmentSchema, vendorNameSchema } from '../push/vendor.js';

/**
 * `PUT /v1/devices/{deviceId}/push`: registers (or rotates) the vendor token. With a client's JWT for its own user, who must be
 * bound to the device (logged in) unless nobody is; with a server key for the named user. A later call proves the
 * `deviceSecret`, except with a server key.
 */
export const registerPushRequestSchema = z.object({
  user: userIdSchema.optional(),
  platform: platformSchema.default('unknown'),
  vendor: vendorNameSchema,
  environment: pushEnvironmentSchema.default('production'),
  token: z.string().min(1).max(4096),
  voipToken: z.string().min(1).max(4096).nullable().default(null),
  /** The installation's bundle, where the app's settings declare several; null is the app's own. Any other is refused. */
  bundle: z.string().max(255).nullable().default(null),
  deviceSecret: z.string().max(128).nullable().default(null),
});
export const registerPushResponseSchema = z.object({
  pushId: pushIdSchema,
  /** Only in the first answer: keep it on the device. */
  deviceSecret: z.string().nullable(),
});
/** `DELETE /v1/devices/{deviceId}/push` (unregisterPush) and `DELETE /v1/devices/{deviceId}/binding` (logout). */
export const deviceProofRequestSchema = z.object({
  user: userIdSchema.optional(),
  deviceSecret: z.string().max(128).nullable().default(null),
});
export type RegisterPushRequest = z.infer<typeof registerPushRequestSchema>;
export type RegisterPushResponse = z.infer<typeof registerPushResponseSchema>;
export type DeviceProofRequest = z.infer<typeof deviceProofRequestSchema>;
