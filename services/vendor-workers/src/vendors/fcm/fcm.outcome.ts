import type { Instant } from '@reveille/contracts/ids';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import type { VendorAnswer } from '../../vendor.js';
import { quotaWithoutHintMs } from './fcm.limits.js';
import { deferred, rejected, unanswered } from '../outcomes.js';
import { retryAfter } from '../retry-after.js';

type Answered = Extract<VendorAnswer, { kind: 'answered' }>;
type Rejected = Extract<PushOutcome, { kind: 'rejected' }>;

/** Google's error body, as far as it decides something. */
interface FcmError {
  /** `google.rpc` status, for instance `NOT_FOUND`. */
  readonly status: string | null;
  readonly message: string;
  /** From the FcmError detail. */
  readonly errorCode: string | null;
  /** From the ErrorInfo detail. */
  readonly info: string | null;
  /** From the ApnsError detail: what Apple said to FCM. */
  readonly apnsReason: string | null;
  /** From the BadRequest detail. */
  readonly badFields: readonly string[];
}

/**
 * What FCM's answer means ("FCM error codes", "ErrorCode"). The details decide, never the status alone: a 404 without an
 * FcmError is a wrong project and says nothing about the token.
 */
export function readFcmOutcome(answer: VendorAnswer, now: Instant): PushOutcome {
  if (answer.kind !== 'answered') return unanswered(answer);
  const body = jsonOf(answer.body);
  if (answer.status === 200) {
    const name = (body as { name?: unknown } | null)?.name;
    // Somebody answered in Google's place: the push may or may not have got through.
    return typeof name === 'string'
      ? { kind: 'accepted', vendorId: name }
      : deferred('no-answer', 'http-200-without-name');
  }
  const error = errorOf(body);
  if (error === null) return withoutError(answer, now);
  const code = error.errorCode ?? error.info ?? error.status ?? `http-${answer.status}`;
  const hint = retryAfter(answer.headers['retry-after'], now);
  switch (error.errorCode) {
    case 'UNREGISTERED':
      return rejected('token-unregistered', code);
    case 'SENDER_ID_MISMATCH':
      return rejected('token-wrong-app', code);
    case 'INVALID_ARGUMENT':
      return invalidArgument(error, code);
    case 'QUOTA_EXCEEDED':
      return deferred('throttled', code, hint ?? quotaWithoutHintMs);
    case 'INTERNAL':
    case 'UNAVAILABLE':
    case 'UNSPECIFIED_ERROR':
      return deferred('vendor-unavailable', code, hint);
    case 'THIRD_PARTY_AUTH_ERROR':
      // The project's own key for Apple or the web is refused. Only pushes to that platform suffer, so the app's other
      // FCM pushes must not halt: these wait by themselves until someone mends the project.
      return deferred(
        'vendor-unavailable',
        error.apnsReason === null ? code : `${code}/${error.apnsReason}`,
        hint,
      );
    case null:
      return byStatus(answer, error, code, hint);
    default:
      return answer.status >= 500
        ? deferred('vendor-unavailable', code, hint)
        : rejected('unclassified', code);
  }
}

/** A bad token and a bad payload share this code; the rest of the body tells them apart. */
function invalidArgument(error: FcmError, code: string): Rejected {
  if (error.apnsReason === 'Unregistered' || error.apnsReason === 'ExpiredToken')
    return rejected('token-unregistered', `${code}/${error.apnsReason}`);
  if (error.apnsReason === 'BadDeviceToken') return rejected('token-malformed', `${code}/BadDeviceToken`);
  if (error.apnsReason === 'DeviceTokenNotForTopic')
    return rejected('token-wrong-app', `${code}/DeviceTokenNotForTopic`);
  if (error.badFields.includes('message.token') || /registration token/i.test(error.message))
    return rejected('token-malformed', code);
  if (error.apnsReason === 'PayloadTooLarge' || /too (big|large|long)/i.test(error.message))
    return rejected('payload-too-large', code);
  return rejected('payload-invalid', code);
}

/** Google's own errors, without an FcmError detail. */
function byStatus(answer: Answered, error: FcmError, code: string, hint: number | null): PushOutcome {
  switch (answer.status) {
    case 400:
      return error.status === 'INVALID_ARGUMENT'
        ? invalidArgument(error, code)
        : rejected('unclassified', code);
    case 401:
      return deferred('credential-expired', code);
    // The API is off, the account lacks the role, or the project does not exist: never a reason to drop tokens.
    case 403:
    case 404:
      return deferred('credential-refused', code);
    case 429:
      return deferred('throttled', code, hint ?? quotaWithoutHintMs);
    default:
      return answer.status >= 500
        ? deferred('vendor-unavailable', code, hint)
        : rejected('unclassified', code);
  }
}

/** Not Google's JSON: a proxy's page, a cut body. */
function withoutError(answer: Answered, now: Instant): PushOutcome {
  const code = `http-${answer.status}`;
  const hint = retryAfter(answer.headers['retry-after'], now);
  if (answer.status >= 500) return deferred('vendor-unavailable', code, hint);
  if (answer.status === 429) return deferred('throttled', code, hint ?? quotaWithoutHintMs);
  if (answer.status === 401) return deferred('credential-expired', code);
  // Google answers a wrong path with a page: the app's set-up, not the token.
  if (answer.status === 403 || answer.status === 404) return deferred('credential-refused', code);
  return rejected('unclassified', code);
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    // The caller falls back on the status.
    return null;
  }
}

interface Detail {
  readonly '@type'?: unknown;
  readonly errorCode?: unknown;
  readonly reason?: unknown;
  readonly fieldViolations?: unknown;
}

function errorOf(body: unknown): FcmError | null {
  const error = (body as { error?: unknown } | null)?.error as
    | { status?: unknown; message?: unknown; details?: unknown }
    | undefined;
  if (typeof error !== 'object' || error === null) return null;
  const details = (Array.isArray(error.details) ? error.details : []) as readonly Detail[];
  const detail = (name: string) =>
    details.find((d) => typeof d?.['@type'] === 'string' && d['@type'].endsWith(name));
  const violations = detail('google.rpc.BadRequest')?.fieldViolations;
  return {
    status: text(error.status),
    message: text(error.message) ?? '',
    errorCode: text(detail('fcm.v1.FcmError')?.errorCode),
    info: text(detail('google.rpc.ErrorInfo')?.reason),
    apnsReason: text(detail('fcm.v1.ApnsError')?.reason),
    badFields: (Array.isArray(violations) ? violations : []).map(
      (v) => text((v as { field?: unknown })?.field) ?? '',
    ),
  };
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, 256) : null;
}
