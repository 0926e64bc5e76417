import type { FcmSettings } from '@reveille/contracts/app/events';
import type { PushNotification } from '@reveille/contracts/push/job';
import { type FittingTexts, fitPayload } from '../fit-payload.js';
import type { BuiltPush, OpenTarget, RequestContext } from '../../vendor.js';
import { fcmLimits } from './fcm.limits.js';

const encoder = new TextEncoder();
const uniqueHeaders = ['traceparent'] as const;

/** One request per target: `POST /v1/projects/<project>/messages:send`. */
export function buildFcmRequests(
  settings: FcmSettings,
  push: PushNotification,
  targets: readonly OpenTarget[],
  context: RequestContext,
): readonly BuiltPush[] {
  const message = fcmMessage(settings, push, context.now);
  return targets.map((target, index): BuiltPush => {
    if (message === null) {
      const outcome = {
        kind: 'rejected',
        reason: 'payload-too-large',
        vendorCode: 'not sent',
        observedAt: null,
      } as const;
      return { kind: 'impossible', target, outcome };
    }
    const headers: Record<string, string> = {
      authorization: context.credential.authorization,
      'content-type': 'application/json',
    };
    const traceparent = context.traceparentOf(index);
    if (traceparent !== null) headers['traceparent'] = traceparent;
    const request = {
      origin: settings.endpoint,
      path: `/v1/projects/${encodeURIComponent(settings.projectId)}/messages:send`,
      headers,
      uniqueHeaders,
      body: encoder.encode(JSON.stringify({ message: { token: target.token, ...message } })),
      connectionKey: 'send',
      isUrgent: context.isUrgent,
    };
    return { kind: 'request', target, request, requestId: null };
  });
}

/**
 * The message without its token, or null when the sender's payload alone is too large. The tag is the collapse key and there
 * is no `collapse_key`: FCM stores at most four of those per device, so one per message would lose messages. An alert is a
 * notification message, everything else is data only.
 */
export function fcmMessage(settings: FcmSettings, push: PushNotification, now: number): object | null {
  const write = (texts: FittingTexts) => contentOf(settings, push, texts);
  const size = (texts: FittingTexts) => encoder.encode(JSON.stringify(write(texts))).length;
  const fitted = fitPayload(push, size, fcmLimits.maxPayloadBytes[push.strategy]);
  if (fitted === null) return null;
  const { notification, data, androidNotification } = write(fitted);
  const seconds = Math.floor((push.expiresAt - now) / 1000);
  const ttl = Math.min(fcmLimits.maxTtlSeconds, Math.max(1, seconds));
  return {
    ...(notification !== null && { notification }),
    ...(Object.keys(data).length > 0 && { data }),
    android: {
      // A silent push must not wake the phone at once: FCM lowers apps that misuse high priority.
      priority: push.strategy === 'silent' ? 'normal' : push.strategy === 'voip' ? 'high' : settings.priority,
      ttl: `${ttl}s`,
      ...(androidNotification !== null && { notification: androidNotification }),
    },
  };
}

function contentOf(settings: FcmSettings, push: PushNotification, { title, content }: FittingTexts) {
  const texts = { ...(title !== '' && { title }), ...(content !== '' && { body: content }) };
  const data = { ...(push.payload !== '' && { payload: push.payload }) };
  switch (push.strategy) {
    case 'alert':
      return {
        notification: texts,
        data,
        androidNotification: {
          tag: push.collapse,
          ...(settings.channelId !== null && { channel_id: settings.channelId }),
          ...(settings.sound !== null && { sound: settings.sound }),
          // How many items this notification stands for: launchers add them up.
          ...(push.badgeIncrement !== null &&
            push.badgeIncrement > 0 && { notification_count: push.badgeIncrement }),
        },
      };
    case 'voip':
      return {
        notification: null,
        data: { ...texts, ...data, tag: push.collapse },
        androidNotification: null,
      };
    case 'silent':
      return { notification: null, data: { ...data, tag: push.collapse }, androidNotification: null };
  }
}
