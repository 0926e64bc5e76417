import type { Instant } from '@reveille/contracts/ids';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import type { OpenTarget, VendorAnswer } from '../../vendor.js';
import { deferred, rejected, unanswered } from '../outcomes.js';
import { retryAfter } from '../retry-after.js';
import { isFields, vivoReply, type VivoReply, wholeNumber, wordOf } from './vivo.answer.js';

const invalidTarget = 10_302;
/** The same request once more: good news where one may have arrived, else nobody knows what vivo means. */
const duplicate = 10_910;

/** What the answer to a single push, or to a list, means for each target (vivo's "return codes", document 362). */
export function readVivoOutcomes(
  targets: readonly OpenTarget[],
  answer: VendorAnswer,
  now: Instant,
): readonly PushOutcome[] {
  const forAll = (outcome: PushOutcome): readonly PushOutcome[] => targets.map(() => outcome);
  if (answer.kind !== 'answered') return forAll(unanswered(answer));
  const reply = answer.status === 200 ? vivoReply(answer.body) : null;
  const hint = retryAfter(answer.headers['retry-after'], now);
  if (reply === null) return forAll(withoutResult(answer.status, hint));
  const invalid = invalidTargets(reply, targets);
  const rest =
    reply.result === 0
      ? ({ kind: 'accepted', vendorId: wordOf(reply.fields['taskId']) } as const)
      : ofResult(reply.result, hint, now);
  return targets.map(({ token, mayHaveArrived }) => {
    const status = invalid.get(token);
    if (status !== undefined) return ofInvalid(status);
    return reply.result === duplicate && mayHaveArrived === true
      ? { kind: 'accepted', vendorId: null }
      : rest;
  });
}

/** What it means for the targets of a list when its body could not be saved: nothing has reached anybody. */
export function readSaveOutcome(answer: VendorAnswer, now: Instant): PushOutcome {
  if (answer.kind === 'unknown') return deferred('vendor-unavailable', answer.because);
  if (answer.kind === 'not-sent') return unanswered(answer);
  const reply = answer.status === 200 ? vivoReply(answer.body) : null;
  const hint = retryAfter(answer.headers['retry-after'], now);
  if (reply === null) return refusedByStatus(answer.status, hint);
  return reply.result === 0
    ? deferred('vendor-unavailable', 'saved without taskId')
    : ofResult(reply.result, hint, now);
}

/** The id of a saved body; null where it was not saved. */
export function savedTaskId(answer: VendorAnswer): string | null {
  const reply = answer.kind === 'answered' && answer.status === 200 ? vivoReply(answer.body) : null;
  return reply?.result === 0 ? wordOf(reply.fields['taskId']) : null;
}

/** Somebody answered in vivo's place, or only half of vivo's answer came through. */
function withoutResult(status: number, hint: number | null): PushOutcome {
  if (status >= 200 && status < 300) return deferred('no-answer', `http-${status}-without-result`);
  return refusedByStatus(status, hint);
}

function refusedByStatus(status: number, hint: number | null): PushOutcome {
  return deferred(status === 429 ? 'throttled' : 'vendor-unavailable', `http-${status}`, hint);
}

/** `invalidUsers` of a list, `invalidUser` of a single push, which need not name its only target. */
function invalidTargets({ fields }: VivoReply, targets: readonly OpenTarget[]): ReadonlyMap<string, number> {
  const list = Array.isArray(fields['invalidUsers']) ? (fields['invalidUsers'] as readonly unknown[]) : [];
  const [only] = targets;
  const found = new Map<string, number>();
  for (const entry of [...list, fields['invalidUser']].filter(isFields)) {
    const status = wholeNumber(entry['status']);
    const token = wordOf(entry['userid'] ?? entry['userId']) ?? (targets.length === 1 ? only?.token : null);
    if (status !== null && token != null) found.set(token, status);
  }
  return found;
}

/** 1: no such id in this app. 2: removed, unsubscribed, data cleared. 4: a test push to a device that is not listed. */
function ofInvalid(status: number): PushOutcome {
  const code = `${invalidTarget}/${status}`;
  switch (status) {
    case 1:
      return rejected('token-wrong-app', code);
    case 2:
      return rejected('token-unregistered', code);
    case 4:
      return rejected('category-refused', code);
    default:
      return rejected('unclassified', code);
  }
}

function ofResult(result: number, hint: number | null, now: Instant): PushOutcome {
  const raw = String(result);
  switch (result) {
    case 10_000:
      return deferred('credential-expired', raw);
    case 10_040:
    // A body that is gone is saved anew with the next attempt.
    case 10_155:
      return deferred('vendor-unavailable', raw, hint);
    // The channel is off, the app is under review or another one's: nothing gets through until someone mends it.
    case 10_043:
    case 10_045:
    case 10_094:
    case 10_200:
    case 10_201:
    case 10_202:
    case 10_203:
    case 10_204:
    case 10_205:
    case 10_206:
    case 10_207:
      return deferred('credential-refused', raw);
    case 10_070:
      return deferred('quota-spent', `operational: ${raw}`);
    case 10_073:
      return deferred('quota-spent', `system: ${raw}`);
    case 10_252:
      return deferred('quota-spent', `list: ${raw}`);
    case 10_254:
      return deferred('quota-spent', `all: ${raw}`);
    case 10_071:
      return deferred('throttled', raw, untilMorningMs(now));
    case 10_072:
    case 10_093:
      return deferred('throttled', raw, hint);
    case 10_051:
    case 10_082:
    case 10_096:
    case 10_097:
      return rejected('category-refused', raw);
    case 10_056:
    case 10_058:
      return rejected('payload-too-large', raw);
    case 10_311:
      return rejected('recipient-muted', raw);
    default:
      return rejected(invalidPayload.has(result) ? 'payload-invalid' : 'unclassified', raw);
  }
}

/** Fields that are missing or wrong, texts that vivo does not want, a list that is none. */
const invalidPayload: ReadonlySet<number> = new Set([
  10_050, 10_054, 10_055, 10_057, 10_059, 10_060, 10_065, 10_067, 10_085, 10_095, 10_103, 10_104, 10_150,
  10_151, 10_152, 10_153, 10_154, 10_304, 10_305, 10_306, 10_307, 10_352, 10_353, 10_800, 10_801,
]);

const dayMs = 86_400_000;
const chinaOffsetMs = 8 * 3_600_000;
const morningMs = 7 * 3_600_000;

/** Operational messages go out from 07:00 to 23:00, China's time. */
function untilMorningMs(now: Instant): number {
  const sinceMidnight = (now + chinaOffsetMs) % dayMs;
  return (morningMs - sinceMidnight + dayMs) % dayMs;
}
