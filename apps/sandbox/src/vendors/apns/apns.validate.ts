import type { VendorToken } from '../../phones.js';
import type { Exchange } from '../../wire/exchange.js';
import type { ApnsReason } from './apns.reasons.js';
import { bundleOfTopic, isPushType, payloadLimit, type PushType } from './apns.push-types.js';

export const devicePath = '/3/device/';

/** The request in the words of APNs, after its headers were found right. */
export interface ApnsRequest {
  readonly deviceToken: string;
  readonly apnsId: string | null;
  readonly topic: string;
  readonly bundle: string;
  readonly pushType: PushType | null;
  readonly collapseId: string | null;
  /** Epoch seconds; null = absent. */
  readonly expiration: number | null;
}

export type Checked<T> =
  | { readonly kind: 'good'; readonly value: T }
  | { readonly kind: 'refused'; readonly reason: ApnsReason };

const refused = (reason: ApnsReason): { readonly kind: 'refused'; readonly reason: ApnsReason } => ({
  kind: 'refused',
  reason,
});
const good = <T>(value: T): Checked<T> => ({ kind: 'good', value });

/** How an `apns-id` looks: lower case hexadecimal, 8-4-4-4-12. */
export const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const collapseIdLimitBytes = 64;
const priorities = ['1', '5', '10'];

/** Method and path: what comes before everything else. */
export function checkTarget(method: string, path: string): Checked<string> {
  if (!path.startsWith(devicePath) && path !== '/3/device') return refused('BadPath');
  if (method !== 'POST') return refused('MethodNotAllowed');
  const token = path.slice(devicePath.length);
  if (token.includes('/')) return refused('BadPath');
  return good(token);
}

/** All `apns-` headers. `fallbackTopic` is the certificate's, where one is used. */
export function checkHeaders(
  exchange: Exchange,
  deviceToken: string,
  fallbackTopic: string | null,
): Checked<ApnsRequest> {
  const { headers } = exchange;
  if (exchange.repeatedHeaders.some((name) => name.startsWith('apns-') || name === 'authorization'))
    return refused('DuplicateHeaders');
  const apnsId = headers['apns-id'] ?? null;
  if (apnsId !== null && !uuidForm.test(apnsId)) return refused('BadMessageId');
  const expiration = headers['apns-expiration'] ?? null;
  if (expiration !== null && !/^\d{1,15}$/.test(expiration)) return refused('BadExpirationDate');
  const pushType = headers['apns-push-type'] ?? null;
  if (pushType !== null && !isPushType(pushType)) return refused('InvalidPushType');
  // A missing priority means 10, and a background push at 10 is an error.
  const priority = headers['apns-priority'] ?? '10';
  if (!priorities.includes(priority) || (pushType === 'background' && priority === '10'))
    return refused('BadPriority');
  const collapseId = headers['apns-collapse-id'] ?? null;
  if (collapseId !== null && Buffer.byteLength(collapseId, 'latin1') > collapseIdLimitBytes)
    return refused('BadCollapseId');
  const topic = headers['apns-topic'] ?? fallbackTopic ?? '';
  if (topic === '') return refused('MissingTopic');
  const bundle = bundleOfTopic(topic, pushType);
  if (bundle === null) return refused('BadTopic');
  return good({
    deviceToken,
    apnsId,
    topic,
    bundle,
    pushType,
    collapseId,
    expiration: expiration === null ? null : Number(expiration),
  });
}

/** A topic outside what the key or the certificate may push to. */
export function checkTopicRight(
  { bundle, topic }: ApnsRequest,
  topics: readonly string[] | null,
): ApnsReason | null {
  return topics === null || topics.includes(bundle) || topics.includes(topic) ? null : 'TopicDisallowed';
}

/** What the registry says of the device token. `record` is null for a token that this environment never gave out. */
export function checkToken(request: ApnsRequest, record: VendorToken | null): ApnsReason | null {
  if (request.deviceToken === '') return 'MissingDeviceToken';
  if (!/^[0-9a-fA-F]+$/.test(request.deviceToken) || record === null) return 'BadDeviceToken';
  const isVoipTopic = request.topic.endsWith('.voip');
  const isForTopic = record.phone.bundle === request.bundle && isVoipTopic === (record.kind === 'voip');
  if (!isForTopic && request.pushType !== 'mdm') return 'DeviceTokenNotForTopic';
  if (record.state === 'unregistered') return 'Unregistered';
  return record.state === 'expired' ? 'ExpiredToken' : null;
}

/** Sizes are counted in bytes. What is in it is not checked: a payload that no phone understands is accepted and lost. */
export function checkPayload(request: ApnsRequest, body: Buffer): ApnsReason | null {
  if (body.length === 0) return 'PayloadEmpty';
  return body.length > payloadLimit(request.pushType, request.topic) ? 'PayloadTooLarge' : null;
}
