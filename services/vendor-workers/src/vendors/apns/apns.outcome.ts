import type { Instant } from '@reveille/contracts/ids';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import type { VendorAnswer } from '../../vendor.js';

type Meaning =
  | 'token-unregistered'
  | 'token-malformed'
  | 'token-wrong-app'
  | 'payload-too-large'
  | 'payload-invalid'
  | 'credential-refused'
  | 'credential-expired'
  | 'throttled'
  | 'vendor-unavailable';

/**
 * Every `reason` that Apple documents ("Handling notification responses from APNs", "Handling error responses from APNs"),
 * and two spellings that were seen on the wire. The reason decides, never the status alone.
 */
const meanings: Readonly<Record<string, Meaning>> = {
  BadDeviceToken: 'token-malformed',
  DeviceTokenNotForTopic: 'token-wrong-app',
  Unregistered: 'token-unregistered',
  ExpiredToken: 'token-unregistered',
  PayloadTooLarge: 'payload-too-large',
  // Faults of ours in this one push: another attempt would make the same one.
  BadCollapseId: 'payload-invalid',
  BadExpirationDate: 'payload-invalid',
  BadMessageId: 'payload-invalid',
  BadPriority: 'payload-invalid',
  InvalidPushType: 'payload-invalid',
  MissingPushType: 'payload-invalid',
  DuplicateHeaders: 'payload-invalid',
  PayloadEmpty: 'payload-invalid',
  MissingDeviceToken: 'payload-invalid',
  BadPath: 'payload-invalid',
  MethodNotAllowed: 'payload-invalid',
  BadRequestParams: 'payload-invalid',
  BadRequestPayload: 'payload-invalid',
  MissingChannelId: 'payload-invalid',
  BadChannelId: 'payload-invalid',
  ChannelNotRegistered: 'payload-invalid',
  CannotCreateChannelConfig: 'payload-invalid',
  // The app's set-up is wrong for every push of it: nothing is burnt until someone mends it.
  BadTopic: 'credential-refused',
  MissingTopic: 'credential-refused',
  TopicDisallowed: 'credential-refused',
  TopicMismatch: 'credential-refused',
  FeatureNotEnabled: 'credential-refused',
  BadCertificate: 'credential-refused',
  BadCertificateEnvironment: 'credential-refused',
  Forbidden: 'credential-refused',
  InvalidProviderToken: 'credential-refused',
  MissingProviderToken: 'credential-refused',
  UnrelatedKeyIdInToken: 'credential-refused',
  BadEnvironmentKeyIdInToken: 'credential-refused',
  BadEnvironmentKeyInToken: 'credential-refused',
  ExpiredProviderToken: 'credential-expired',
  // Per device token: the others go on.
  TooManyRequests: 'throttled',
  TooManyProviderTokenUpdates: 'throttled',
  IdleTimeout: 'vendor-unavailable',
  InternalServerError: 'vendor-unavailable',
  ServiceUnavailable: 'vendor-unavailable',
  'Service Unavailable': 'vendor-unavailable',
  Shutdown: 'vendor-unavailable',
};

/** Reasons after which the connection is of no more use: it is closing, or counts too many token updates. */
const endingReasons: ReadonlySet<string> = new Set([
  'TooManyProviderTokenUpdates',
  'IdleTimeout',
  'Shutdown',
]);

/** What APNs' answer means. Without a reason that the table knows: 5xx and 429 wait, anything else is `unclassified`. */
export function readApnsOutcome(answer: VendorAnswer, now: Instant): PushOutcome {
  if (answer.kind === 'unknown') return deferred('no-answer', answer.because);
  if (answer.kind === 'not-sent') {
    return deferred(answer.because === 'unreachable' ? 'vendor-unavailable' : 'not-sent', answer.because);
  }
  if (answer.status === 200) return { kind: 'accepted', vendorId: answer.headers['apns-id'] ?? null };
  const { reason, timestamp } = errorOf(answer.body);
  const vendorCode = reason ?? `http-${answer.status}`;
  const meaning = reason === null ? undefined : meanings[reason];
  const retryAfterMs = retryAfter(answer.headers['retry-after'], now);
  switch (meaning) {
    case 'credential-refused':
    case 'credential-expired':
      return deferred(meaning, vendorCode);
    case 'throttled':
    case 'vendor-unavailable':
      return deferred(meaning, vendorCode, retryAfterMs);
    case undefined:
      if (answer.status >= 500) return deferred('vendor-unavailable', vendorCode, retryAfterMs);
      if (answer.status === 429) return deferred('throttled', vendorCode, retryAfterMs);
      return { kind: 'rejected', reason: 'unclassified', vendorCode, observedAt: null };
    default:
      return {
        kind: 'rejected',
        reason: meaning,
        vendorCode,
        observedAt: meaning === 'token-unregistered' ? timestamp : null,
      };
  }
}

/** The one answer that may mean no more than "wrong environment". */
export function isWrongEnvironment(answer: VendorAnswer): boolean {
  return (
    answer.kind === 'answered' && answer.status === 400 && errorOf(answer.body).reason === 'BadDeviceToken'
  );
}

export function endsApnsConnection(answer: VendorAnswer): boolean {
  if (answer.kind !== 'answered' || answer.status === 200) return false;
  const { reason } = errorOf(answer.body);
  return reason !== null && endingReasons.has(reason);
}

type DeferredReason = Extract<PushOutcome, { kind: 'deferred' }>['reason'];
function deferred(
  reason: DeferredReason,
  vendorCode: string,
  retryAfterMs: number | null = null,
): PushOutcome {
  return { kind: 'deferred', reason, vendorCode, retryAfterMs };
}

/** `timestamp` is in epoch milliseconds and comes only with 410. */
function errorOf(body: Uint8Array): { reason: string | null; timestamp: number | null } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(body));
  } catch {
    // Not Apple's JSON (a proxy's page, a cut body): the caller falls back on the status.
    return { reason: null, timestamp: null };
  }
  const { reason, timestamp } = (parsed ?? {}) as { reason?: unknown; timestamp?: unknown };
  return {
    reason: typeof reason === 'string' && reason !== '' ? reason.slice(0, 64) : null,
    timestamp:
      typeof timestamp === 'number' && Number.isInteger(timestamp) && timestamp > 0 ? timestamp : null,
  };
}

/** RFC 9110: seconds or an HTTP date. Apple's tables do not list it; it is honoured where it comes. */
function retryAfter(value: string | undefined, now: Instant): number | null {
  if (value === undefined) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
