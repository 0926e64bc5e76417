import type { Instant } from '@reveille/contracts/ids';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import type { OpenTarget, VendorAnswer } from '../../vendor.js';
import { deferred, rejected, unanswered } from '../outcomes.js';
import { retryAfter } from '../retry-after.js';

type Answered = Extract<VendorAnswer, { kind: 'answered' }>;
type Rejected = Extract<PushOutcome, { kind: 'rejected' }>;
type Deferred = Extract<PushOutcome, { kind: 'deferred' }>;
/** What a code means for every target of its request. */
type Meaning = Rejected['reason'] | Deferred['reason'];

const success = '80000000';
const partialSuccess = '80100000';

/** To be held next to "Downlink message API: response" and the common error codes. */
const meanings: ReadonlyMap<string, Meaning> = new Map([
  ['80100001', 'payload-invalid'],
  ['80100002', 'payload-invalid'],
  ['80100003', 'payload-invalid'],
  ['80100004', 'payload-invalid'],
  ['80100013', 'payload-invalid'],
  // The text is one that Huawei does not carry: the message is at fault, not what we made of it.
  ['80100016', 'category-refused'],
  ['80100017', 'throttled'],
  ['80100018', 'payload-invalid'],
  ['80100022', 'payload-invalid'],
  // Also the token of another app; a renewal tells the two apart, since that one stays refused at the token endpoint or here.
  ['80200001', 'credential-expired'],
  ['80200003', 'credential-expired'],
  ['80200005', 'credential-expired'],
  ['80200006', 'credential-refused'],
  // Push is off for the app, the id in the path is wrong, or the project is: the same for every token.
  ['80300002', 'credential-refused'],
  // All tokens of the request. A wrong app in the settings answers so for every token: presence tells the two apart by their
  // share of the app's tokens.
  ['80300007', 'token-wrong-app'],
  ['80300008', 'payload-too-large'],
  ['80300010', 'payload-invalid'],
  // The right to high urgency in silent pushes: alerts of the app go on.
  ['80300011', 'category-refused'],
  ['80300013', 'credential-refused'],
  ['80300029', 'quota-spent'],
  ['80300030', 'payload-invalid'],
  ['80300036', 'credential-refused'],
  ['80300037', 'credential-refused'],
  // Huawei's own token service has failed, or the secret is wrong: then the token endpoint says so itself.
  ['80600003', 'vendor-unavailable'],
  ['81000001', 'vendor-unavailable'],
  ...Array.from({ length: 11 }, (_, index): [string, Meaning] => [
    String(82_000_001 + index),
    'payload-invalid',
  ]),
  ['82000012', 'credential-refused'],
  ['82000013', 'credential-refused'],
]);

/** The daily number of test pushes is the one quota that Huawei names at send time. */
const quotaNames: ReadonlyMap<string, string> = new Map([['80300029', 'test']]);

/**
 * What Huawei's answer means, target by target. Huawei ties its codes to no HTTP status, so a body with a code decides on any
 * status, and the status alone only where there is none.
 */
export function readHuaweiOutcomes(
  targets: readonly OpenTarget[],
  answer: VendorAnswer,
  now: Instant,
): readonly PushOutcome[] {
  const each = (outcome: PushOutcome): readonly PushOutcome[] => targets.map(() => outcome);
  if (answer.kind !== 'answered') return each(unanswered(answer));
  const body = objectOf(new TextDecoder().decode(answer.body));
  const code = codeOf(body['code']);
  const vendorId = typeof body['requestId'] === 'string' ? body['requestId'] : null;
  if (code === success) return each({ kind: 'accepted', vendorId });
  if (code === partialSuccess) return partly(targets, body['msg'], vendorId);
  const hint = retryAfter(answer.headers['retry-after'], now);
  if (code === null) return each(byStatus(answer, hint));
  const meaning = meanings.get(code);
  if (meaning !== undefined) return each(outcomeOf(meaning, code, hint));
  return each(
    answer.status >= 500 ? deferred('vendor-unavailable', code, hint) : rejected('unclassified', code),
  );
}

/** `msg` is a JSON text that lists the tokens which got nothing. Others of the request got through, so the app is right for them. */
function partly(
  targets: readonly OpenTarget[],
  msg: unknown,
  vendorId: string | null,
): readonly PushOutcome[] {
  const detail = objectOf(typeof msg === 'string' ? msg : JSON.stringify(msg ?? null));
  const listed = detail['illegal_tokens'];
  if (!Array.isArray(listed))
    return targets.map(() => rejected('unclassified', `${partialSuccess} without illegal_tokens`));
  const illegal = new Set<unknown>(listed);
  return targets.map(({ token }) =>
    illegal.has(token) ? rejected('token-unregistered', partialSuccess) : { kind: 'accepted', vendorId },
  );
}

/** No code in the body: a proxy's page, a cut body, or Huawei's gateway, which tells of an access token in a header. */
function byStatus({ status, headers }: Answered, hint: number | null): PushOutcome {
  const nsp = headers['nsp_status'];
  if (nsp === '6' || nsp === '102') return deferred('credential-expired', `nsp-status-${nsp}`);
  const code = `http-${status}`;
  // Somebody answered in Huawei's place: the push may or may not have got through.
  if (status === 200) return deferred('no-answer', 'http-200-without-code');
  if (status === 401) return deferred('credential-expired', code);
  if (status === 403 || status === 404) return deferred('credential-refused', code);
  // 503 is Huawei's word for an app's rate, and for its own.
  if (status === 503 || status === 429) return deferred('throttled', code, hint);
  if (status >= 500) return deferred('vendor-unavailable', code, hint);
  return rejected('unclassified', code);
}

function outcomeOf(meaning: Meaning, code: string, hint: number | null): PushOutcome {
  switch (meaning) {
    case 'quota-spent':
      return deferred(meaning, `${quotaNames.get(code) ?? 'day'}: ${code}`, hint);
    case 'throttled':
    case 'vendor-unavailable':
      return deferred(meaning, code, hint);
    case 'credential-expired':
    case 'credential-refused':
    case 'no-answer':
    case 'not-sent':
      return deferred(meaning, code);
    default:
      return rejected(meaning, code);
  }
}

/** A string of digits; a number is read too. */
function codeOf(value: unknown): string | null {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^\d{1,16}$/.test(text) ? text : null;
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    // The caller falls back on the status.
    return {};
  }
}
