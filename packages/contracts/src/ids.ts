import { z } from 'zod';

/** A string that TypeScript does not mix up with another kind of id; plain strings may still be assigned to it. */
type Flavor<Name extends string> = string & { readonly __id?: Name };

export type AppId = Flavor<'AppId'>;
export type UserId = Flavor<'UserId'>;
export type DeviceId = Flavor<'DeviceId'>;
export type SessionId = Flavor<'SessionId'>;
export type MessageId = Flavor<'MessageId'>;
export type JobId = Flavor<'JobId'>;
export type GatewayId = Flavor<'GatewayId'>;
/** A keyed fingerprint of a push token: safe in events and logs. */
export type TokenRef = Flavor<'TokenRef'>;
/** What the app knows a push registration by: 128 random bits, base64url. */
export type PushId = Flavor<'PushId'>;

/** How ids look, for whoever checks them without a schema. */
export const idForms = {
  plain: /^[A-Za-z0-9_-]{1,64}$/,
  user: /^[^\p{Cc}\p{Cs}]{1,64}$/u,
  tokenRef: /^[A-Za-z0-9_-]{16,64}$/,
} as const;

function flavored<Id extends string>(schema: z.ZodString): z.ZodType<Id, string> {
  return schema as unknown as z.ZodType<Id, string>;
}

/** 1 to 32 characters of `A-Z a-z 0-9 _ -`: it stands in consumer and account names too. */
export const appIdSchema = flavored<AppId>(z.string().regex(/^[A-Za-z0-9_-]{1,32}$/));
/** 1 to 64 characters, any but control characters: the app names its users. */
export const userIdSchema = flavored<UserId>(z.string().regex(idForms.user));
export const deviceIdSchema = flavored<DeviceId>(z.string().regex(idForms.plain));
export const sessionIdSchema = flavored<SessionId>(z.string().regex(idForms.plain));
/** A UUIDv7 of ours, or a platform's own id; 64 characters because an APNs collapse id holds 64 bytes. */
export const messageIdSchema = flavored<MessageId>(z.string().regex(idForms.plain));
export const jobIdSchema = flavored<JobId>(z.string().min(1).max(256));
export const gatewayIdSchema = flavored<GatewayId>(z.string().regex(idForms.plain));
export const tokenRefSchema = flavored<TokenRef>(z.string().regex(idForms.tokenRef));
export const pushIdSchema = flavored<PushId>(z.string().regex(/^[A-Za-z0-9_-]{22}$/));
/** The sender's own id of a message: 1 to 128 characters without control characters. */
export const clientMessageIdSchema = z.string().regex(/^[^\p{Cc}\p{Cs}]{1,128}$/u);
/** Epoch milliseconds. */
export const instantSchema = z.number().int().min(0);
export type Instant = number;
