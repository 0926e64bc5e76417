import type { Instant } from '@reveille/contracts/ids';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import type { BuiltRequest, OpenTarget, VendorAnswer } from '../../vendor.js';
import { deferred, rejected, unanswered } from '../outcomes.js';
import { retryAfter } from '../retry-after.js';
import { integerOf, isRecord, type OppoReply, oppoReply } from './oppo.answer.js';

/**
 * What OPPO's answer means for each target ("return codes", 11235; "unicast", 11238). OPPO answers 200 to everything: the
 * code decides. A batch whose outer code is 0 carries a code for each target that it did not take.
 */
export function readOppoOutcomes(
  { targets }: Pick<BuiltRequest, 'targets'>,
  answer: VendorAnswer,
  now: Instant,
): readonly PushOutcome[] {
  const forAll = (outcome: PushOutcome): readonly PushOutcome[] => targets.map(() => outcome);
  if (answer.kind !== 'answered') return forAll(unanswered(answer));
  const reply = answer.status >= 200 && answer.status < 300 ? oppoReply(answer.body) : null;
  const hint = retryAfter(answer.headers['retry-after'], now);
  if (reply === null) return forAll(withoutEnvelope(answer.status, hint));
  if (reply.code !== 0) {
    const outcome = ofCode(reply.code, reply.message, targets.length === 1, hint);
    return targets.map((target) => (isOwnRepeat(reply.code, target) ? repeated : outcome));
  }
  const items = Array.isArray(reply.data) ? (reply.data as readonly unknown[]) : null;
  if (items === null) return targets.length === 1 ? [ofUnicast(reply)] : forAll(lostItem);
  return ofBatch(targets, items);
}

/** Somebody answered in OPPO's place, or only half of OPPO's answer came through. */
function withoutEnvelope(status: number, hint: number | null): PushOutcome {
  const code = `http-${status}`;
  if (status >= 200 && status < 300) return deferred('no-answer', `${code}-without-code`);
  return deferred(status === 429 ? 'throttled' : 'vendor-unavailable', code, hint);
}

function ofUnicast({ data }: OppoReply): PushOutcome {
  const id = isRecord(data) ? data['messageId'] : null;
  return { kind: 'accepted', vendorId: typeof id === 'string' && id !== '' ? id : null };
}

/** By registration id, which each entry names; one that names none stands at its target's place. */
function ofBatch(targets: readonly OpenTarget[], items: readonly unknown[]): readonly PushOutcome[] {
  const named = new Map(items.filter(isRecord).map((item) => [item['registrationId'], item]));
  return targets.map((target, index): PushOutcome => {
    const { token } = target;
    const inPlace = items[index];
    const isUnnamed = isRecord(inPlace) && inPlace['registrationId'] === undefined;
    const item = named.get(token) ?? (isUnnamed ? inPlace : undefined);
    if (item === undefined) return lostItem;
    const code = integerOf(item['errorCode']) ?? 0;
    if (isOwnRepeat(code, target)) return repeated;
    if (code !== 0) {
      const { errorMessage } = item;
      return ofCode(code, typeof errorMessage === 'string' ? errorMessage : '', true, null);
    }
    const id = item['messageId'];
    return { kind: 'accepted', vendorId: typeof id === 'string' && id !== '' ? id : null };
  });
}

/** The same message to the same target once more: good news where one may have arrived, else nobody knows what OPPO means. */
function isOwnRepeat(code: number, { mayHaveArrived }: OpenTarget): boolean {
  return code === duplicate && mayHaveArrived === true;
}

const duplicate = 32;
const repeated: PushOutcome = { kind: 'accepted', vendorId: null };

/** OPPO took the batch and says nothing of this target. */
const lostItem = deferred('no-answer', 'missing from the answer');

/** Codes that pass by themselves: flow control, rates, service unavailable. */
export function isOppoBusy(code: number): boolean {
  return isRate(code) || isDown(code);
}

function isRate(code: number): boolean {
  return code === -2 || code === 13 || code === 55 || code === 69;
}

function isDown(code: number): boolean {
  return code === -1 || (code >= 500 && code <= 599);
}

/** @param isOne whether the code speaks of a single target: a batch as a whole never condemns a token */
function ofCode(code: number, message: string, isOne: boolean, hint: number | null): PushOutcome {
  const raw = String(code);
  if (isRate(code)) return deferred('throttled', raw, hint);
  if (isDown(code)) return deferred('vendor-unavailable', raw, hint);
  switch (code) {
    case 11:
    case 29:
      return deferred('credential-expired', raw);
    // Key, sign, timestamp, method, version, blocked address, disabled app, no right to push: nothing of this app gets
    // through until someone mends it, and no token is to blame.
    case 12:
    case 14:
    case 15:
    case 16:
    case 17:
    case 18:
    case 19:
    case 20:
    case 21:
    case 22:
    case 23:
    case 24:
    case 26:
    case 28:
    case 30:
      return deferred('credential-refused', raw);
    // A right to one feature, a template or a category that is missing: other pushes of the app get through.
    case 27:
    case 54:
    case 67:
      return rejected('category-refused', raw);
    case 25:
    case 31:
    case 34:
    case 40:
    case 51:
    case 59:
      return rejected('payload-invalid', raw);
    // Only content and marketing have a daily limit.
    case 33:
      return deferred('quota-spent', `marketing: ${raw}`);
    case 42:
      return deferred('quota-spent', `broadcast: ${raw}`);
    // Length, format, a forbidden word: only a text that names the registration id speaks of the token.
    case 41:
      return rejected(
        isOne && /registration[_ ]?id/i.test(message) ? 'token-malformed' : 'payload-invalid',
        raw,
      );
    case 10_000:
      return rejected(isOne ? 'token-malformed' : 'unclassified', raw);
    default:
      return rejected('unclassified', raw);
  }
}
