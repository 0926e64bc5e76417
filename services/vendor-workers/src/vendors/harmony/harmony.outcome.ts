import type { Instant } from '@reveille/contracts/ids';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import type { OpenTarget, VendorAnswer } from '../../vendor.js';
import { deferred, rejected, unanswered } from '../outcomes.js';
import { retryAfter } from '../retry-after.js';

type Answered = Extract<VendorAnswer, { kind: 'answered' }>;
type Rejected = Extract<PushOutcome, { kind: 'rejected' }>;
type Deferred = Extract<PushOutcome, { kind: 'deferred' }>;
type Meaning = Rejected['reason'] | Deferred['reason'];

const success = '80000000';
const partialSuccess = '80100000';
const noneValid = '80300007';

/** What a code means for every target of its request: "Push Kit REST API: response". */
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
  // Also what an account of another project gets; signed anew, it stays refused, and that pauses the app.
  ['80200001', 'credential-expired'],
  ['80200003', 'credential-expired'],
  ['80200005', 'credential-expired'],
  ['80200006', 'credential-refused'],
  // Push is off, or the project in the path is not the account's: the same for every token.
  ['80300002', 'credential-refused'],
  // All tokens of the request, without saying why. A wrong project answers so for every token: presence tells the two apart by
  // their share of the app's tokens.
  [noneValid, 'token-wrong-app'],
  ['80300008', 'payload-too-large'],
  ['80300010', 'payload-invalid'],
  ['80300011', 'category-refused'],
  ['80300013', 'credential-refused'],
  ['80300029', 'quota-spent'],
  ['80300030', 'payload-invalid'],
  ['80300036', 'credential-refused'],
  ['80300037', 'credential-refused'],
  ['80600003', 'vendor-unavailable'],
  ['81000001', 'vendor-unavailable'],
  ...Array.from({ length: 11 }, (_, index): [string, Meaning] => [
    String(82_000_001 + index),
    'payload-invalid',
  ]),
  ['82000012', 'credential-refused'],
  ['82000013', 'credential-refused'],
]);

/**
 * Why a token of the request got nothing ("illegalTokens"). What lacks a right for this kind of push alone must not stop the
 * app's other pushes, so it is the push that is refused, not the credential.
 */
const reasons: ReadonlyMap<string, Meaning> = new Map([
  ['tokenFormatError', 'token-malformed'],
  // A token of an Android phone.
  ['tokenPlatformNotSupport', 'token-wrong-app'],
  // Another project's, or an old one of a phone that has come to HarmonyOS 5.
  ['noRight', 'token-wrong-app'],
  ['noPushTypeRight', 'category-refused'],
  ['notSupportPlayVoice', 'category-refused'],
  ['noRightToSendThisLiveNotificationEvent', 'category-refused'],
  ['differentImgVerifyPolicy', 'category-refused'],
  ['countryNotSupport', 'category-refused'],
  ['atomicUnableSendUnsubscribedMsg', 'recipient-muted'],
  ['appinfoError', 'credential-refused'],
  ['disableSendHuaweiMsgBecauseOfPenalty', 'credential-refused'],
]);

/** The daily number of test messages is the one quota that is named at send time. */
const quotaNames: ReadonlyMap<string, string> = new Map([['80300029', 'test']]);

/**
 * What the answer means, target by target. Codes are tied to no HTTP status, so a body with a code decides on any status, and
 * the status alone only where there is none.
 */
export function readHarmonyOutcomes(
  targets: readonly OpenTarget[],
  answer: VendorAnswer,
  now: Instant,
): readonly PushOutcome[] {
  const each = (outcome: PushOutcome): readonly PushOutcome[] => targets.map(() => outcome);
  if (answer.kind !== 'answered') return each(unanswered(answer));
  const body = objectOf(new TextDecoder().decode(answer.body));
  const code = codeOf(body['code']);
  const vendorId = typeof body['requestId'] === 'string' ? body['requestId'] : null;
  const hint = retryAfter(answer.headers['retry-after'], now);
  if (code === null) return each(byStatus(answer, hint));
  if (code === success) return each({ kind: 'accepted', vendorId });
  const illegal = illegalTokensIn(body['msg']);
  if (code === partialSuccess || (code === noneValid && illegal !== null)) {
    const others: PushOutcome =
      code === partialSuccess ? { kind: 'accepted', vendorId } : rejected('token-wrong-app', code);
    return partly(targets, illegal, others, code);
  }
  const meaning = meanings.get(code);
  if (meaning !== undefined) return each(outcomeOf(meaning, code, hint));
  return each(
    answer.status >= 500 ? deferred('vendor-unavailable', code, hint) : rejected('unclassified', code),
  );
}

function partly(
  targets: readonly OpenTarget[],
  illegal: ReadonlyMap<string, string> | null,
  others: PushOutcome,
  code: string,
): readonly PushOutcome[] {
  if (illegal === null) return targets.map(() => rejected('unclassified', `${code} without illegalTokens`));
  return targets.map(({ token }) => {
    const reason = illegal.get(token);
    if (reason === undefined) return others;
    const vendorCode = `${code}/${reason}`;
    const meaning = reasons.get(reason);
    return meaning === undefined
      ? rejected('unclassified', vendorCode)
      : outcomeOf(meaning, vendorCode, null);
  });
}

/** `msg` holds `{"illegalTokens":{"<reason>":["<token>"]}}`, as a JSON text or as it is: token → reason. */
function illegalTokensIn(msg: unknown): ReadonlyMap<string, string> | null {
  const detail = objectOf(typeof msg === 'string' ? msg : JSON.stringify(msg ?? null));
  const listed = detail['illegalTokens'];
  if (typeof listed !== 'object' || listed === null || Array.isArray(listed)) return null;
  const reasonOf = new Map<string, string>();
  for (const [reason, tokens] of Object.entries(listed))
    if (Array.isArray(tokens))
      for (const token of tokens) if (typeof token === 'string') reasonOf.set(token, reason.slice(0, 64));
  return reasonOf;
}

/** No code in the body: a proxy's page, or a cut one. */
function byStatus({ status }: Answered, hint: number | null): PushOutcome {
  const code = `http-${status}`;
  // Somebody answered in Huawei's place: the push may or may not have got through.
  if (status === 200) return deferred('no-answer', 'http-200-without-code');
  if (status === 401) return deferred('credential-expired', code);
  if (status === 403 || status === 404) return deferred('credential-refused', code);
  // 503 is the word for an app's rate, and for Huawei's own.
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
