import { hash } from 'node:crypto';
import type { PushNotification } from '@reveille/contracts/push/job';
import type { RejectedReason } from '@reveille/contracts/push/outcome';
import {
  type WebpushMessage,
  type WebpushSettings,
  type WebpushStrategy,
  type WebpushUrgency,
  webpushStrategySchema,
} from '@reveille/contracts/vendors/webpush';
import type { BuiltPush, OpenTarget, RequestContext, VendorRequest } from '../../vendor.js';
import { type FittingTexts, fitPayload } from '../fit-payload.js';
import { encryptFor } from './webpush.encrypt.js';
import { isServiceOf, readSubscription } from './webpush.endpoint.js';
import { maxPlaintextBytes, webpushLimits } from './webpush.limits.js';

const encoder = new TextEncoder();
const uniqueHeaders = ['topic', 'traceparent'] as const;

/** One request per target: `POST` to the endpoint that the browser was given. */
export function buildWebpushRequests(
  settings: WebpushSettings,
  push: PushNotification,
  targets: readonly OpenTarget[],
  context: RequestContext,
): readonly BuiltPush[] {
  const options = optionsOf(push);
  const text = webpushText(settings, push, options);
  const common = {
    ttl: String(ttlOf(push, context.now)),
    urgency: options.urgency ?? urgencyOf(settings, push),
    topic: topicOf(push.collapse),
    'content-encoding': 'aes128gcm',
    'content-type': 'application/octet-stream',
  };
  return targets.map((target, index): BuiltPush => {
    if (text === null) return impossible(target, 'payload-too-large', 'not sent');
    const read = readSubscription(target.token, settings.allowPrivateEndpoints);
    if (read.kind === 'malformed') return impossible(target, 'token-malformed', read.fault);
    // The subscription is a good one and lives on: it is the settings that do not let it be used.
    if (read.kind === 'forbidden') return impossible(target, 'payload-invalid', read.fault);
    const { endpoint } = read;
    const isToStranger = !isServiceOf(settings.services, endpoint.origin);
    if (isToStranger && settings.otherServices === 'refused')
      return impossible(target, 'payload-invalid', 'endpoint is at no service of the app');
    let sealed: Uint8Array | null = null;
    const traceparent = context.traceparentOf(index);
    const request: VendorRequest = {
      method: 'POST',
      origin: endpoint.origin,
      path: endpoint.path,
      headers: {
        authorization: authorizationFor(context, endpoint.origin),
        ...common,
        ...(traceparent !== null && { traceparent }),
      },
      uniqueHeaders,
      // Sealed when it is written: a job's five hundred at once would hold up everything else of this process.
      get body() {
        sealed ??= encryptFor(endpoint, text);
        return sealed;
      },
      connectionKey: 'push',
      isUrgent: context.isUrgent,
    };
    return { kind: 'request', targets: [target], request, requestId: null, isToStranger };
  });
}

function authorizationFor({ credential }: RequestContext, origin: string): string {
  if (credential.authorizationOf === undefined)
    throw new Error('a VAPID credential signs for each origin, and this one does not');
  return credential.authorizationOf(origin);
}

function impossible(target: OpenTarget, reason: RejectedReason, vendorCode: string): BuiltPush {
  return {
    kind: 'impossible',
    targets: [target],
    outcome: { kind: 'rejected', reason, vendorCode, observedAt: null },
  };
}

/** A section that does not parse was written for another revision of Reveille: the defaults stand in. */
function optionsOf({ resource }: PushNotification): WebpushStrategy {
  return webpushStrategySchema.safeParse(resource?.options ?? {}).data ?? {};
}

function ttlOf({ expiresAt }: PushNotification, now: number): number {
  return Math.min(webpushLimits.maxTtlSeconds, Math.max(1, Math.floor((expiresAt - now) / 1000)));
}

/** RFC 8030, 5.3: `high` for calls and what cannot wait, `low` for what a person can do without. */
function urgencyOf(settings: WebpushSettings, { resource }: PushNotification): WebpushUrgency {
  if (resource?.class === 'call') return 'high';
  if (resource?.class === 'marketing') return 'low';
  return resource?.priority ?? settings.urgency;
}

/** RFC 8030, 5.4: at most 32 characters of base64url. A key that is none is named by its hash. */
export function topicOf(collapse: string): string {
  if (/^[A-Za-z0-9_-]{1,32}$/.test(collapse)) return collapse;
  return hash('sha256', collapse, 'base64url').slice(0, 32);
}

/** What the browser decrypts, or null when the sender's payload alone is too large. */
function webpushText(
  settings: WebpushSettings,
  push: PushNotification,
  options: WebpushStrategy,
): Uint8Array | null {
  const write = (texts: FittingTexts): Uint8Array =>
    encoder.encode(JSON.stringify(messageOf(settings, push, options, texts)));
  const fitted = fitPayload(push, (texts) => write(texts).length, maxPlaintextBytes);
  return fitted === null ? null : write(fitted);
}

function messageOf(
  settings: WebpushSettings,
  push: PushNotification,
  options: WebpushStrategy,
  { title, content }: FittingTexts,
): WebpushMessage {
  const { resource, badge, badgeIncrement } = push;
  const url = resource?.clickAction?.kind === 'url' ? resource.clickAction.url : settings.webLink;
  return {
    // Empty texts stay: with both a text's size counts exactly as its JSON does.
    title,
    body: content,
    tag: push.collapse,
    ...(push.payload !== '' && { payload: push.payload }),
    ...(push.threadId !== '' && { threadId: push.threadId }),
    ...(badge != null && { badge }),
    ...(badgeIncrement !== null && { badgeIncrement }),
    ...(resource?.sound === null && { silent: true }),
    ...(options.requireInteraction === true && { requireInteraction: true }),
    ...(options.icon !== undefined && { icon: options.icon }),
    ...(url !== null && { url }),
    sentAt: push.sentAt,
  };
}
