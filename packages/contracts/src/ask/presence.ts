import { z } from 'zod';
import { platformSchema } from '../device/platform.js';
import { tokenKindSchema } from '../device/events.js';
import {
  appIdSchema,
  deviceIdSchema,
  gatewayIdSchema,
  instantSchema,
  pushIdSchema,
  sessionIdSchema,
  tokenRefSchema,
  userIdSchema,
} from '../ids.js';
import { pushEnvironmentSchema, vendorNameSchema } from '../push/vendor.js';

/** A token of a device as presence knows it. `sealedToken` only where state is `live`. */
export const pushBindingSchema = z.object({
  vendor: vendorNameSchema,
  environment: pushEnvironmentSchema,
  tokenRef: tokenRefSchema,
  sealedToken: z.string().nullable(),
  bundle: z.string().nullable(),
  boundAt: instantSchema,
  state: z.enum(['live', 'dead', 'unregistered']),
});
export type PushBinding = z.infer<typeof pushBindingSchema>;

export const describedSessionSchema = z.object({
  sessionId: sessionIdSchema,
  gatewayId: gatewayIdSchema,
  background: z.boolean(),
  openedAt: instantSchema,
});

/** A device whose present user, or whose last user, is the one asked for. */
export const deviceDescriptionSchema = z.object({
  deviceId: deviceIdSchema,
  platform: platformSchema,
  /** False after a logout: the device's last user was this one. */
  isBound: z.boolean(),
  alert: pushBindingSchema.nullable(),
  voip: pushBindingSchema.nullable(),
  sessions: z.array(describedSessionSchema),
});
export type DeviceDescription = z.infer<typeof deviceDescriptionSchema>;

/** `im.ask.presence.lookup`: the answer keeps the order of the question. */
export const lookupAskSchema = z.object({
  users: z
    .array(z.object({ app: appIdSchema, user: userIdSchema }))
    .min(1)
    .max(256),
});
export const lookupAnswerSchema = z.object({
  users: z.array(
    z.object({ app: appIdSchema, user: userIdSchema, devices: z.array(deviceDescriptionSchema) }),
  ),
});
export type LookupAsk = z.infer<typeof lookupAskSchema>;
export type LookupAnswer = z.infer<typeof lookupAnswerSchema>;

/** `im.ask.presence.targets`: are these targets still bound, and what is their token now, sealed with the current key. */
export const targetsAskSchema = z.object({
  targets: z
    .array(
      z.object({
        app: appIdSchema,
        user: userIdSchema,
        deviceId: deviceIdSchema,
        vendor: vendorNameSchema,
        kind: tokenKindSchema,
      }),
    )
    .min(1)
    .max(500),
});
export const targetsAnswerSchema = z.object({
  targets: z.array(
    z.discriminatedUnion('state', [
      z.object({
        state: z.literal('bound'),
        tokenRef: tokenRefSchema,
        sealedToken: z.string(),
        environment: pushEnvironmentSchema,
        bundle: z.string().nullable(),
      }),
      z.object({ state: z.literal('gone'), reason: z.enum(['logged-out', 'unregistered', 'token-dead']) }),
    ]),
  ),
});
export type TargetsAsk = z.infer<typeof targetsAskSchema>;
export type TargetsAnswer = z.infer<typeof targetsAnswerSchema>;

/**
 * `im.ask.presence.owners`: who has these tokens, or had them last. They come sealed for their app and for no device: the
 * asker does not know it. The answer keeps the order; a reference is given for any token, its owner only if there is one.
 */
export const ownersAskSchema = z.object({
  tokens: z
    .array(z.object({ app: appIdSchema, vendor: vendorNameSchema, sealedToken: z.string().max(8192) }))
    .min(1)
    .max(500),
});
export const ownersAnswerSchema = z.object({
  owners: z.array(
    z.object({
      tokenRef: tokenRefSchema,
      deviceId: deviceIdSchema.nullable(),
      /** The device's present user, or its last one. */
      user: userIdSchema.nullable(),
    }),
  ),
});
export type OwnersAsk = z.infer<typeof ownersAskSchema>;
export type OwnersAnswer = z.infer<typeof ownersAnswerSchema>;

/** `im.ask.push-line.<app>.restore`: undoes up to a few hundred of the deaths since then; asked again until `more` is false. */
export const restoreTokensAskSchema = z.object({ vendor: vendorNameSchema, sinceAt: instantSchema });
export const restoreTokensAnswerSchema = z.object({
  restored: z.number().int().min(0),
  /** Died since then, and gone from the vault: they come back when their devices register again. */
  lost: z.number().int().min(0),
  more: z.boolean(),
});
export type RestoreTokensAsk = z.infer<typeof restoreTokensAskSchema>;
export type RestoreTokensAnswer = z.infer<typeof restoreTokensAnswerSchema>;

/** `im.ask.push-line.<app>.trust`. */
export const trustPushLineAskSchema = z.object({ vendor: vendorNameSchema });
export const trustPushLineAnswerSchema = z.object({ wasSuspected: z.boolean() });
export type TrustPushLineAsk = z.infer<typeof trustPushLineAskSchema>;
export type TrustPushLineAnswer = z.infer<typeof trustPushLineAnswerSchema>;

/** `im.ask.device.<app>.register-push`. The first registration of a device answers with its secret; later ones must prove it. */
export const registerPushAskSchema = z.object({
  user: userIdSchema,
  deviceId: deviceIdSchema,
  deviceSecret: z.string().nullable(),
  platform: platformSchema,
  vendor: vendorNameSchema,
  environment: pushEnvironmentSchema,
  /** A secret. */
  token: z.string().min(1).max(4096),
  /** A secret. Apple only. */
  voipToken: z.string().min(1).max(4096).nullable(),
  bundle: z.string().max(255).nullable(),
  /** Bind the user too if nobody is bound to the device: a server that registers for its users, without our sessions. */
  bindUser: z.boolean(),
});
export const registerPushAnswerSchema = z.object({
  pushId: pushIdSchema,
  /** Null when the device has one already. */
  deviceSecret: z.string().nullable(),
  tokenRef: tokenRefSchema,
});
export type RegisterPushAsk = z.infer<typeof registerPushAskSchema>;
export type RegisterPushAnswer = z.infer<typeof registerPushAnswerSchema>;

/** `im.ask.device.<app>.unregister-push`. `deviceSecret` null only from an app's server key. */
export const unregisterPushAskSchema = z.object({
  deviceId: deviceIdSchema,
  deviceSecret: z.string().nullable(),
  byServer: z.boolean(),
});
export type UnregisterPushAsk = z.infer<typeof unregisterPushAskSchema>;

/**
 * `im.ask.device.<app>.unbind-user`: logout. Answered only when the directory has reached it, so that nothing is sent after.
 * Proof: a session of that user (`user` set by the gateway), the device secret (a logout that was made offline), or the server key.
 */
export const unbindUserAskSchema = z.object({
  deviceId: deviceIdSchema,
  user: userIdSchema,
  deviceSecret: z.string().nullable(),
  proof: z.enum(['session', 'device-secret', 'server']),
});
export type UnbindUserAsk = z.infer<typeof unbindUserAskSchema>;
export const doneAnswerSchema = z.object({ done: z.literal(true) });

/** `im.ask.session.<app>.open`: binds the user to the device and records the session; refused when another user is bound. */
export const openSessionAskSchema = z.object({
  sessionId: sessionIdSchema,
  gatewayId: gatewayIdSchema,
  user: userIdSchema,
  deviceId: deviceIdSchema,
  platform: platformSchema,
  background: z.boolean(),
});
/** `replaced`: older sessions of the same device, now closed; their gateways kick them. */
export const openSessionAnswerSchema = z.object({
  replaced: z.array(z.object({ sessionId: sessionIdSchema, gatewayId: gatewayIdSchema })),
  pushId: pushIdSchema.nullable(),
});
export const closeSessionAskSchema = z.object({
  sessionId: sessionIdSchema,
  reason: z.enum(['logout', 'disconnected', 'lost', 'kicked']),
});
export const moveSessionAskSchema = z.object({ sessionId: sessionIdSchema, background: z.boolean() });
export type OpenSessionAsk = z.infer<typeof openSessionAskSchema>;
export type OpenSessionAnswer = z.infer<typeof openSessionAnswerSchema>;
export type CloseSessionAsk = z.infer<typeof closeSessionAskSchema>;
export type MoveSessionAsk = z.infer<typeof moveSessionAskSchema>;

/** `im.ask.gateway.lease`: renewed every 10 s, gone after 35 s, and with it the gateway's sessions. */
export const leaseGatewayAskSchema = z.object({ gatewayId: gatewayIdSchema });
export type LeaseGatewayAsk = z.infer<typeof leaseGatewayAskSchema>;

/** `im.ask.device.<app>.describe-user`. */
export const describeUserAskSchema = z.object({ user: userIdSchema });
/** As the lookup, without sealed tokens. */
export const describeUserAnswerSchema = z.object({
  user: userIdSchema,
  devices: z.array(deviceDescriptionSchema),
});
export type DescribeUserAsk = z.infer<typeof describeUserAskSchema>;
export type DescribeUserAnswer = z.infer<typeof describeUserAnswerSchema>;

/** `im.ask.gateway.<gateway>.kick`: sessions that a newer login on another gateway has replaced. */
export const kickAskSchema = z.object({
  sessionIds: z.array(sessionIdSchema).min(1).max(100),
  reason: z.string().max(200),
});
export type KickAsk = z.infer<typeof kickAskSchema>;
