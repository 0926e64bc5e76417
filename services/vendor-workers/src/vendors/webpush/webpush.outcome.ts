import type { Instant } from '@reveille/contracts/ids';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import type { VendorAnswer } from '../../vendor.js';
import { deferred, rejected, unanswered } from '../outcomes.js';
import { retryAfter } from '../retry-after.js';

type Answered = Extract<VendorAnswer, { kind: 'answered' }>;
type Deferred = Extract<PushOutcome, { kind: 'deferred' }>;
type Rejected = Extract<PushOutcome, { kind: 'rejected' }>;
type Meaning = Rejected['reason'] | Deferred['reason'] | 'by-status';

/** Apple's reasons ("Sending web push notifications in web apps and browsers"). */
const appleReasons: Readonly<Record<string, Meaning>> = {
  BadTtl: 'payload-invalid',
  BadUrgency: 'payload-invalid',
  BadWebPushRequest: 'payload-invalid',
  BadWebPushTopic: 'payload-invalid',
  MethodNotAllowed: 'payload-invalid',
  // The path is the subscription's.
  BadPath: 'token-malformed',
  VapidPkHashMismatch: 'token-wrong-app',
  BadAuthorizationHeader: 'credential-refused',
  BadJwtToken: 'credential-refused',
  BadVapidPublicKey: 'credential-refused',
  PayloadTooLarge: 'payload-too-large',
  TooManyRequests: 'throttled',
  IdleTimeout: 'vendor-unavailable',
  InternalServerError: 'vendor-unavailable',
  ServiceUnavailable: 'vendor-unavailable',
  Shutdown: 'vendor-unavailable',
};

/** Mozilla's `errno` (autopush, "Error codes"). */
const mozillaErrors: Readonly<Record<number, Meaning>> = {
  102: 'token-unregistered',
  103: 'token-unregistered',
  104: 'payload-too-large',
  105: 'token-unregistered',
  106: 'token-unregistered',
  // Our key is wrong, or the subscription was made with another one: it does not say which, and a device must not halt its app.
  109: 'vendor-unavailable',
  110: 'payload-invalid',
  111: 'payload-invalid',
  112: 'payload-invalid',
  113: 'payload-invalid',
  114: 'payload-invalid',
  201: 'vendor-unavailable',
  202: 'vendor-unavailable',
  900: 'vendor-unavailable',
  901: 'vendor-unavailable',
  902: 'vendor-unavailable',
  903: 'vendor-unavailable',
};

/** RFC 8030, RFC 8292 and what push services add to them (WNS throttles with 406). */
const statuses: Readonly<Record<number, Meaning>> = {
  400: 'payload-invalid',
  // As Mozilla's 109.
  401: 'vendor-unavailable',
  // The subscription was made with another VAPID key than ours.
  403: 'token-wrong-app',
  404: 'token-unregistered',
  406: 'throttled',
  408: 'vendor-unavailable',
  410: 'token-unregistered',
  413: 'payload-too-large',
  429: 'throttled',
};

/**
 * What a push service's answer means. Mozilla and Apple say more in the body than in the status, and Google hides a missing
 * VAPID token behind a 400.
 *
 * @param isTrusted whether the app relies on this push service. A stranger's complaint about our key says nothing about the
 *   key: the push waits by itself, and the app's others go on.
 */
export function readWebpushOutcome(answer: VendorAnswer, isTrusted: boolean, now: Instant): PushOutcome {
  if (answer.kind !== 'answered') return unanswered(answer);
  if (answer.status === 201 || answer.status === 202) return { kind: 'accepted', vendorId: idOf(answer) };
  // Neither the RFC nor any push service answers with another success: somebody stands in between.
  if (answer.status >= 200 && answer.status < 300) return deferred('no-answer', `http-${answer.status}`);
  const { meaning, code } = meaningOf(answer);
  const hint = retryAfter(answer.headers['retry-after'], now);
  switch (meaning) {
    case 'by-status':
      return answer.status >= 500
        ? deferred('vendor-unavailable', code, hint)
        : rejected('unclassified', code);
    case 'credential-refused':
      return deferred(isTrusted ? meaning : 'vendor-unavailable', code, hint);
    case 'throttled':
    case 'vendor-unavailable':
    case 'credential-expired':
    case 'quota-spent':
    case 'no-answer':
    case 'not-sent':
      return deferred(meaning, code, hint);
    default:
      return rejected(meaning, code);
  }
}

interface Complaint {
  readonly meaning: Meaning;
  readonly code: string;
}

function meaningOf({ status, body }: Answered): Complaint {
  const text = new TextDecoder().decode(body.subarray(0, 4096));
  const { reason, errno } = fieldsOf(text);
  if (typeof reason === 'string' && /^[A-Za-z]{1,64}$/.test(reason))
    return { meaning: appleReasons[reason] ?? plainMeaningOf(status), code: reason };
  if (typeof errno === 'number')
    return { meaning: mozillaErrors[errno] ?? plainMeaningOf(status), code: `errno-${errno}` };
  if (status === 400 && text.includes('UnauthorizedRegistration'))
    return { meaning: 'credential-refused', code: 'UnauthorizedRegistration' };
  // The token itself is what is wrong, not whose it is.
  if (status === 403 && /\bjwt\b/i.test(text)) return { meaning: 'credential-refused', code: 'http-403-jwt' };
  return { meaning: statuses[status] ?? 'by-status', code: `http-${status}` };
}

/** Of a complaint with a name that no table knows: 400, 401 and 403 may then mean anything. */
function plainMeaningOf(status: number): Meaning {
  return status > 403 ? (statuses[status] ?? 'by-status') : 'by-status';
}

function fieldsOf(text: string): { readonly reason?: unknown; readonly errno?: unknown } {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    // Google and proxies answer with pages: the status decides.
    return {};
  }
}

/** Apple's id, or the name of the message resource; its path lets nobody push, only delete this message. */
function idOf({ headers }: Answered): string | null {
  return (headers['apns-id'] ?? headers['location'])?.slice(0, 512) ?? null;
}
