import type { Instant } from '@reveille/contracts/ids';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import type { HonorSettings } from '@reveille/contracts/vendors/honor';
import type { OpenTarget, VendorAnswer } from '../../vendor.js';
import { deferred, rejected, unanswered } from '../outcomes.js';
import { retryAfter } from '../retry-after.js';

type Answered = Extract<VendorAnswer, { kind: 'answered' }>;

/** Honor's answer, as far as it decides something. */
interface HonorAnswer {
  readonly code: number | null;
  /** Null: the answer does not say. */
  readonly sendResult: boolean | null;
  readonly requestId: string | null;
  readonly failTokens: ReadonlySet<unknown>;
  readonly expireTokens: ReadonlySet<unknown>;
}

/**
 * What Honor's answer means, target by target. There is no table of codes to be had, so the HTTP status decides, and on 200
 * `sendResult`; a code that stands alone decides only where the settings call it a success.
 */
export function readHonorOutcomes(
  settings: Pick<HonorSettings, 'successCodes' | 'failTokens'>,
  targets: readonly OpenTarget[],
  answer: VendorAnswer,
  now: Instant,
): readonly PushOutcome[] {
  const each = (outcome: PushOutcome): readonly PushOutcome[] => targets.map(() => outcome);
  if (answer.kind !== 'answered') return each(unanswered(answer));
  const read = readBody(answer.body);
  if (answer.status !== 200) return each(byStatus(answer, read?.code ?? null, now));
  // Somebody answered in Honor's place: the push may or may not have got through.
  if (read === null) return each(deferred('no-answer', 'http-200-without-code'));
  const isSent = read.sendResult ?? (read.code !== null && settings.successCodes.includes(read.code));
  const others: PushOutcome = isSent
    ? { kind: 'accepted', vendorId: read.requestId }
    : rejected('unclassified', `not sent: ${read.code ?? 'no code'}`);
  return targets.map(({ token }) => {
    if (read.expireTokens.has(token)) return rejected('token-unregistered', 'expireTokens');
    return read.failTokens.has(token) ? rejected(settings.failTokens, 'failTokens') : others;
  });
}

/** To be held next to the statuses of Honor's interface. */
function byStatus({ status, headers }: Answered, code: number | null, now: Instant): PushOutcome {
  const said = code === null ? `http-${status}` : `http-${status}: ${code}`;
  const hint = retryAfter(headers['retry-after'], now);
  if (status >= 500) return deferred('vendor-unavailable', said, hint);
  switch (status) {
    case 400:
      return rejected('payload-invalid', said);
    case 401:
      return deferred('credential-expired', said);
    // The app has no right to push, or its id in the path is wrong: the same for every token.
    case 403:
    case 404:
      return deferred('credential-refused', said);
    case 413:
      return rejected('payload-too-large', said);
    case 429:
      return deferred('throttled', said, hint);
    default:
      return rejected('unclassified', said);
  }
}

function readBody(body: Uint8Array): HonorAnswer | null {
  const { code, data } = objectOf(body);
  const number = typeof code === 'string' && /^\d{1,9}$/.test(code) ? Number(code) : code;
  const detail = typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};
  const { sendResult, requestId, failTokens, expireTokens } = detail;
  if (typeof number !== 'number' && typeof sendResult !== 'boolean') return null;
  return {
    code: typeof number === 'number' ? number : null,
    sendResult: typeof sendResult === 'boolean' ? sendResult : null,
    requestId: typeof requestId === 'string' ? requestId.slice(0, 256) : null,
    failTokens: new Set<unknown>(Array.isArray(failTokens) ? failTokens : []),
    expireTokens: new Set<unknown>(Array.isArray(expireTokens) ? expireTokens : []),
  };
}

function objectOf(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(body));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    // The caller falls back on the status.
    return {};
  }
}
