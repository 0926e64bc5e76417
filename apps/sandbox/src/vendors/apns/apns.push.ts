import type { AcceptedPush } from '../../push.js';
import type { ApnsRequest } from './apns.validate.js';

/** How long APNs keeps a push that names no expiration. */
const storageDays = 30;
const dayMs = 86_400_000;

/** A push as the phone takes it, or why the phone throws it away although APNs accepted it. */
export type ReadPush =
  | { readonly kind: 'push'; readonly push: AcceptedPush }
  | { readonly kind: 'useless'; readonly because: string };

/** Reads the payload as the phone's system does (Generating a remote notification). */
export function readApnsPush(request: ApnsRequest, body: Buffer, vendorId: string, now: number): ReadPush {
  const text = body.toString('utf8');
  const payload = readObject(text);
  if (payload === null) return { kind: 'useless', because: 'payload-not-understood' };
  const aps = isObject(payload['aps']) ? payload['aps'] : {};
  const { title, body: alertBody } = alertTexts(aps['alert']);
  const isAlert = title !== null || alertBody !== null;
  if (request.pushType === 'background' && (isAlert || aps['content-available'] !== 1)) {
    return { kind: 'useless', because: 'payload-does-not-match-push-type' };
  }
  const push: AcceptedPush = {
    vendorId,
    kind: kindOf(request, isAlert),
    collapseId: request.collapseId,
    tag: null,
    title,
    body: alertBody,
    badge: typeof aps['badge'] === 'number' ? aps['badge'] : null,
    data: text,
    expiresAt: request.expiration === null ? now + storageDays * dayMs : request.expiration * 1_000,
    storageKey: request.topic,
  };
  return { kind: 'push', push };
}

function kindOf({ pushType, topic }: ApnsRequest, isAlert: boolean): AcceptedPush['kind'] {
  if (pushType === 'voip' || topic.endsWith('.voip')) return 'call';
  return isAlert && (pushType === 'alert' || pushType === null) ? 'notification' : 'data';
}

function alertTexts(alert: unknown): { title: string | null; body: string | null } {
  if (typeof alert === 'string') return { title: null, body: alert };
  if (!isObject(alert)) return { title: null, body: null };
  return {
    title: textOf(alert['title']) ?? textOf(alert['title-loc-key']),
    body: textOf(alert['body']) ?? textOf(alert['loc-key']),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
