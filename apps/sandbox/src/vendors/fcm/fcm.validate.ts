import type { VendorToken } from '../../phones.js';
import {
  apnsRefused,
  fcmErrors,
  invalidArgument,
  malformed,
  thirdPartyAuth,
  type FcmError,
} from './fcm.errors.js';
import type { FcmProjectRegistration } from './fcm.projects.js';
import { isObject, readJsonAs, type Json } from './fcm.read-json.js';
import { sendRequestFields } from './fcm.schema.js';

/** A send request after its form was found right. Names are snake case. */
export interface FcmSend {
  readonly message: Json;
  readonly token: string | null;
  readonly topic: string | null;
  readonly condition: string | null;
  /** Seconds; null = not given. */
  readonly ttlSeconds: number | null;
  readonly collapseKey: string | null;
  readonly validateOnly: boolean;
}

export type ReadSend = { readonly send: FcmSend } | { readonly error: FcmError };

const tokenLimitBytes = 4_096;
const topicLimitBytes = 2_048;
const longestTtlSeconds = 2_419_200;
const targets = ['token', 'topic', 'condition'] as const;

/** Form, target, data keys, time to live, colour and size: all that needs no registry. */
export function readSend(text: string): ReadSend {
  const read = readJsonAs(sendRequestFields, text);
  if ('error' in read) return read;
  const message = read.value['message'];
  if (!isObject(message)) return { error: invalidArgument('Message is required.', 'message') };
  const given = targets.filter((target) => typeof message[target] === 'string');
  const [first, second] = given;
  if (first !== undefined && second !== undefined) {
    const description = `Invalid value at 'message' (oneof), oneof field 'target' is already set. Cannot set '${second}'`;
    return { error: malformed(description, [{ field: 'message', description }]) };
  }
  if (first === undefined)
    return { error: invalidArgument('Recipient of the message is not set.', 'message') };
  const send = toSend(message, read.value['validate_only'] === true);
  const error = checkContents(send);
  return error === null ? { send } : { error };
}

function toSend(message: Json, validateOnly: boolean): FcmSend {
  const android = childOf(message, 'android');
  const ttl = textIn(android, 'ttl');
  return {
    message,
    token: textIn(message, 'token'),
    topic: textIn(message, 'topic'),
    condition: textIn(message, 'condition'),
    ttlSeconds: ttl === null ? null : Number(ttl.slice(0, -1)),
    collapseKey: textIn(android, 'collapse_key'),
    validateOnly,
  };
}

export function childOf(value: Json, name: string): Json {
  const child = value[name];
  return isObject(child) ? child : {};
}

export function textIn(value: Json, name: string): string | null {
  const text = value[name];
  return typeof text === 'string' ? text : null;
}

function checkContents(send: FcmSend): FcmError | null {
  const { message, ttlSeconds } = send;
  const android = childOf(message, 'android');
  for (const data of [childOf(message, 'data'), childOf(android, 'data')]) {
    const reserved = Object.keys(data).find(isReserved);
    if (reserved !== undefined)
      return invalidArgument(`Invalid data payload key: ${reserved}`, 'message.data');
  }
  if (ttlSeconds !== null && (ttlSeconds < 0 || ttlSeconds > longestTtlSeconds)) {
    return invalidArgument('The ttl must be between 0 seconds and 4 weeks.', 'message.android.ttl');
  }
  const color = textIn(childOf(android, 'notification'), 'color');
  if (color !== null && !/^#[0-9a-fA-F]{6}$/.test(color)) {
    return invalidArgument('The color must be in the form #RRGGBB.', 'message.android.notification.color');
  }
  if (send.topic !== null && !/^[a-zA-Z0-9\-_.~%]+$/.test(send.topic))
    return invalidArgument('Invalid topic name.', 'message.topic');
  const limit = send.token === null ? topicLimitBytes : tokenLimitBytes;
  const isTooBig =
    payloadBytes(message, 'android') > limit ||
    payloadBytes(message, 'apns') > limit ||
    payloadBytes(message, 'webpush') > limit;
  return isTooBig ? invalidArgument(`Message is too big: at most ${limit} bytes.`, 'message') : null;
}

function isReserved(key: string): boolean {
  return (
    key === 'from' ||
    key === 'message_type' ||
    key === 'gcm' ||
    key.startsWith('google') ||
    key.startsWith('gcm.')
  );
}

/** Keys and values of what one platform gets: its own data and notification lie over the common ones. */
function payloadBytes(message: Json, platform: string): number {
  const own = childOf(message, platform);
  const data = isObject(own['data']) ? own['data'] : childOf(message, 'data');
  const notification = { ...childOf(message, 'notification'), ...childOf(own, 'notification') };
  const payload =
    platform === 'apns' && isObject(own['payload']) ? Buffer.byteLength(JSON.stringify(own['payload'])) : 0;
  return bytesOf(data) + bytesOf(notification) + payload;
}

function bytesOf(map: Json): number {
  let bytes = 0;
  for (const [key, value] of Object.entries(map)) {
    bytes +=
      Buffer.byteLength(key) +
      Buffer.byteLength(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
  }
  return bytes;
}

const tokenForm = /^[A-Za-z0-9_-]{10,}:[A-Za-z0-9_-]{100,}$/;

/** What the registry says of a registration token. */
export function checkToken(
  send: FcmSend,
  record: VendorToken | null,
  project: FcmProjectRegistration,
): FcmError | null {
  if (!tokenForm.test(send.token ?? '')) return fcmErrors.INVALID_REGISTRATION;
  if (record === null) return fcmErrors.UNREGISTERED;
  const { phone } = record;
  if (phone.details['project'] !== project.projectId) return fcmErrors.SENDER_ID_MISMATCH;
  if (record.state === 'unregistered' || (record.state === 'expired' && phone.details['platform'] !== 'ios'))
    return fcmErrors.UNREGISTERED;
  const restricted = textIn(childOf(send.message, 'android'), 'restricted_package_name');
  if (restricted !== null && phone.details['platform'] === 'android' && restricted !== phone.bundle) {
    return invalidArgument(
      'The registration token does not match the restricted package name.',
      'message.android.restricted_package_name',
    );
  }
  return phone.details['platform'] === 'ios' ? checkIos(send, record, project) : null;
}

/** Behind an iOS token stands APNs, whose refusal is passed on. */
function checkIos(send: FcmSend, record: VendorToken, project: FcmProjectRegistration): FcmError | null {
  if (project.apnsKeyRefusedFor !== null) return thirdPartyAuth(project.apnsKeyRefusedFor);
  if (record.state === 'expired') return fcmErrors.APNS_UNREGISTERED;
  const apns = childOf(send.message, 'apns');
  const aps = childOf(childOf(apns, 'payload'), 'aps');
  const isDataOnly = send.message['notification'] === undefined && aps['alert'] === undefined;
  const isBadPriority = isDataOnly && textIn(childOf(apns, 'headers'), 'apns-priority') === '10';
  return isBadPriority ? apnsRefused(400, 'BadPriority', 'Request contains an invalid argument.') : null;
}
