import type { Instant } from '@reveille/contracts/ids';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import type { VendorAnswer } from '../../vendor.js';
import { deferred, unanswered } from '../outcomes.js';
import { retryAfter } from '../retry-after.js';

type Meaning =
  | 'token-unregistered'
  | 'token-malformed'
  | 'token-wrong-app'
  | 'payload-too-large'
  | 'payload-invalid'
  | 'topic-refused'
  | 'environment-refused'
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
  // The app's set-up is wrong: nothing is burnt until someone mends it. How much of the app suffers depends on what was asked.
  BadTopic: 'topic-refused',
  MissingTopic: 'topic-refused',
  TopicDisallowed: 'topic-refused',
  TopicMismatch: 'topic-refused',
  BadCertificateEnvironment: 'environment-refused',
  BadEnvironmentKeyIdInToken: 'environment-refused',
  BadEnvironmentKeyInToken: 'environment-refused',
  FeatureNotEnabled: 'credential-refused',
  BadCertificate: 'credential-refused',
  Forbidden: 'credential-refused',
  InvalidProviderToken: 'credential-refused',
  MissingProviderToken: 'credential-refused',
  UnrelatedKeyIdInToken: 'credential-refused',
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

/** What a request asked of APNs, as far as a complaint about the app's set-up depends on it. */
export interface ApnsQuestion {
  /** The topic is the app's own bundle: not another bundle of it, nor a suffix such as `.voip`. */
  readonly isMainTopic: boolean;
  /** It went to the service that the app's pushes go to, and not to the development service beside it. */
  readonly isMainService: boolean;
}

/**
 * What APNs' answer means. Without a reason that the table knows: 5xx and 429 wait, anything else is `unclassified`.
 * A device chooses its bundle and its environment, so only a complaint about what all devices of the app share is the app's
 * `credential-refused`. A complaint about another topic or the other service concerns the pushes that go there alone: each
 * waits by itself, as `vendor-unavailable`, until someone mends the set-up.
 */
export function readApnsOutcome(answer: VendorAnswer, now: Instant, asked: ApnsQuestion): PushOutcome {
  if (answer.kind !== 'answered') return unanswered(answer);
  if (answer.status === 200) return { kind: 'accepted', vendorId: answer.headers['apns-id'] ?? null };
  const { reason, timestamp } = errorOf(answer.body);
  const vendorCode = reason ?? `http-${answer.status}`;
  const meaning = reason === null ? undefined : meaningFor(meanings[reason], asked);
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

type Told = Exclude<Meaning, 'topic-refused' | 'environment-refused'>;
function meaningFor(meaning: Meaning | undefined, asked: ApnsQuestion): Told | undefined {
  const { isMainTopic, isMainService } = asked;
  switch (meaning) {
    case 'topic-refused':
      return isMainTopic && isMainService ? 'credential-refused' : 'vendor-unavailable';
    case 'environment-refused':
    case 'credential-refused':
      return isMainService ? 'credential-refused' : 'vendor-unavailable';
    default:
      return meaning;
  }
}

/**
 * What the development service's answer means for a token of unknown environment, after production has called it bad.
 * A key that is not good for development leaves production's word: it checks the key before the token, so it took the key.
 * No other complaint about the credential is believed either, for the same reason, but it does not condemn the token.
 */
export function readSecondApnsOutcome(answer: VendorAnswer, now: Instant, asked: ApnsQuestion): PushOutcome {
  const reason = answer.kind === 'answered' ? errorOf(answer.body).reason : null;
  switch (reason === null ? undefined : meanings[reason]) {
    case 'environment-refused':
      return {
        kind: 'rejected',
        reason: 'token-malformed',
        vendorCode: `${badDeviceToken}/${reason}`,
        observedAt: null,
      };
    case 'credential-expired':
      return deferred('vendor-unavailable', `${badDeviceToken}/${reason}`);
    default:
      return readApnsOutcome(answer, now, { ...asked, isMainService: false });
  }
}

const badDeviceToken = 'BadDeviceToken';

/** The one answer that may mean no more than "wrong environment". */
export function isWrongEnvironment(answer: VendorAnswer): boolean {
  return (
    answer.kind === 'answered' && answer.status === 400 && errorOf(answer.body).reason === badDeviceToken
  );
}

export function endsApnsConnection(answer: VendorAnswer): boolean {
  if (answer.kind !== 'answered' || answer.status === 200) return false;
  const { reason } = errorOf(answer.body);
  return reason !== null && endingReasons.has(reason);
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
