import type { Instant } from '@reveille/contracts/ids';
import type { DeferredReason, PushOutcome, RejectedReason } from '@reveille/contracts/push/outcome';
import type { OpenTarget, VendorAnswer } from '../../vendor.js';
import { deferred, rejected, unanswered } from '../outcomes.js';
import { retryAfter } from '../retry-after.js';

type Answered = Extract<VendorAnswer, { kind: 'answered' }>;
type Reason = RejectedReason | DeferredReason;

/** The pages "服务端错误码" and "服务器API": code → meaning for every target of the request. The HTTP status says nothing. */
const meanings: ReadonlyMap<number, Reason> = new Map<number, Reason>([
  ...rows('vendor-unavailable', [-1, 1, 10001, 10002, 10003, 10009, 10010, 10011, 10037, 20607, 65029]),
  ...rows('throttled', [10022, 10023, 10024, 10027, 10028, 10030, 10032, 10033, 10038, 10039, 26004, 200002]),
  ...rows('quota-spent', [10034, 200001]),
  // Blocked, the secret, the app, its package, the callback address that it gives: nothing gets through until it is mended.
  ...rows('credential-refused', [10004, 10026, 10031, 10036, 21301, 21302, 21303]),
  ...rows('credential-refused', [22000, 22006, 22007, 22008, 22022, 66108, 65036, 65037, 65038]),
  // The channel, or a review that the class waits for: other classes go on.
  ...rows('category-refused', [27001, 26006]),
  ...rows('payload-too-large', [10018, 65009, 65015]),
  ...rows('payload-invalid', [10008, 10012, 10016, 10017, 10020, 10021, 10035, 20209, 20215, 20216, 21305]),
  ...rows('payload-invalid', [65006, 65007, 65008, 65010, 65011, 65012, 65013, 65014, 65016, 65017, 65035]),
  ...rows('recipient-muted', [65003]),
  ...rows('token-unregistered', [10029]),
  // "Send failed": what it says when no target of the request is valid, which may be the app's fault as well as the token's.
  ...rows('token-wrong-app', [20301]),
]);

const deferring: ReadonlySet<string> = new Set<DeferredReason>([
  'vendor-unavailable',
  'throttled',
  'quota-spent',
  'credential-refused',
]);

/** Xiaomi's answer, as far as it decides something. */
interface XiaomiAnswer {
  readonly code: number;
  readonly id: string | null;
  readonly badIds: ReadonlySet<string>;
}

/**
 * What an answer means for each target. A success names the registration ids that it did not take. One code about the token
 * cannot tell which of several targets it is about, so it condemns only a target that is alone.
 * @param quotaName what the push is counted in, for the outcome's code
 */
export function readXiaomiOutcomes(
  targets: readonly OpenTarget[],
  answer: VendorAnswer,
  now: Instant,
  quotaName: () => string,
): readonly PushOutcome[] {
  const same = (outcome: PushOutcome): readonly PushOutcome[] => targets.map(() => outcome);
  if (answer.kind !== 'answered') return same(unanswered(answer));
  const hint = retryAfter(answer.headers['retry-after'], now);
  const read = answerOf(answer.body);
  if (read === null) return same(byStatus(answer, hint));
  if (read.code === 0)
    return targets.map(({ token }) =>
      read.badIds.has(token)
        ? rejected('token-unregistered', 'bad_regids')
        : { kind: 'accepted', vendorId: read.id },
    );
  return same(byCode(read.code, targets.length === 1, hint, quotaName));
}

function byCode(code: number, isAlone: boolean, hint: number | null, quotaName: () => string): PushOutcome {
  const reason = meanings.get(code) ?? 'unclassified';
  if (reason === 'quota-spent') return deferred(reason, `${quotaName()}: ${code}`, hint);
  if (isDeferring(reason)) return deferred(reason, String(code), hint);
  return rejected(code === 10029 && !isAlone ? 'unclassified' : reason, String(code));
}

/** Not Xiaomi's JSON: a proxy's page, a cut body. */
function byStatus({ status }: Answered, hint: number | null): PushOutcome {
  const code = `http-${status}`;
  // Somebody answered in Xiaomi's place: the push may or may not have got through.
  if (status === 200) return deferred('no-answer', 'http-200-without-code');
  if (status >= 500) return deferred('vendor-unavailable', code, hint);
  if (status === 429) return deferred('throttled', code, hint);
  if (status === 401 || status === 403 || status === 404) return deferred('credential-refused', code);
  if (status === 413) return rejected('payload-too-large', code);
  return rejected('unclassified', code);
}

function answerOf(body: Uint8Array): XiaomiAnswer | null {
  const answer = objectOf(new TextDecoder().decode(body));
  const code = answer?.['code'];
  if (answer === null || typeof code !== 'number') return null;
  // `data` is an object, in some answers one written as a text.
  const data = objectOf(answer['data']) ?? {};
  const { id, bad_regids: bad } = data;
  return {
    code,
    id: typeof id === 'string' && id !== '' ? id.slice(0, 256) : null,
    badIds: new Set(typeof bad === 'string' ? bad.split(',').map((one) => one.trim()) : []),
  };
}

function objectOf(value: unknown): Record<string, unknown> | null {
  if (typeof value !== 'string')
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : null;
  } catch {
    // The status alone decides.
    return null;
  }
}

function isDeferring(reason: Reason): reason is DeferredReason {
  return deferring.has(reason);
}

function rows(reason: Reason, codes: readonly number[]): readonly (readonly [number, Reason])[] {
  return codes.map((code) => [code, reason] as const);
}
