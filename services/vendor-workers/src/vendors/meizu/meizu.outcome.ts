import type { Instant } from '@reveille/contracts/ids';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import type { OpenTarget, VendorAnswer } from '../../vendor.js';
import { deferred, rejected, unanswered } from '../outcomes.js';
import { retryAfter } from '../retry-after.js';

type Answered = Extract<VendorAnswer, { kind: 'answered' }>;

/** "Api returnCode": codes of the request as a whole. They are texts. */
const ofRequest: Readonly<Record<string, (code: string, hint: number | null) => PushOutcome>> = {
  ...rows(['500', '1001', '1003'], (code, hint) => deferred('vendor-unavailable', code, hint)),
  ...rows(['110010'], (code, hint) => deferred('throttled', code, hint)),
  ...rows(['110019', '110051'], (code, hint) => deferred('quota-spent', `public: ${code}`, hint)),
  ...rows(['1006', '110000', '110001', '110009', '110031', '110033'], (code) =>
    deferred('credential-refused', code),
  ),
  ...rows(['1005', '110004', '110032', '110053'], (code) => rejected('payload-invalid', code)),
};

/** Codes of the map that names the push ids which a good request did not reach. */
const ofTarget: Readonly<Record<string, (code: string) => PushOutcome>> = {
  ...rows(['110002'], (code) => rejected('token-unregistered', code)),
  ...rows(['110003'], (code) => rejected('token-malformed', code)),
  // In this map, and not above it, the number says that the person has switched notifications off.
  ...rows(['110010'], (code) => rejected('recipient-muted', code)),
  // The phone has had its public messages of the day; other phones have not.
  ...rows(['110011'], (code) => rejected('recipient-muted', code)),
  ...rows(['201'], (code) => rejected('category-refused', code)),
  ...rows(['501', '513', '519'], (code) => deferred('vendor-unavailable', code)),
};

/** Several messages to a phone within a minute are folded into one: it has them. */
const folded = '520';

interface MeizuAnswer {
  readonly code: string;
  readonly messageId: string | null;
  readonly codeOf: ReadonlyMap<string, string>;
}

/** What an answer means for each target: the code of the request, then the map of those that it did not reach. */
export function readMeizuOutcomes(
  targets: readonly OpenTarget[],
  answer: VendorAnswer,
  now: Instant,
): readonly PushOutcome[] {
  const same = (outcome: PushOutcome): readonly PushOutcome[] => targets.map(() => outcome);
  if (answer.kind !== 'answered') return same(unanswered(answer));
  const hint = retryAfter(answer.headers['retry-after'], now);
  const read = answerOf(answer.body);
  if (read === null) return same(byStatus(answer, hint));
  if (read.code !== '200')
    return same(ofRequest[read.code]?.(read.code, hint) ?? rejected('unclassified', read.code));
  return targets.map(({ token }) => {
    const code = read.codeOf.get(token);
    if (code === undefined || code === folded) return { kind: 'accepted', vendorId: read.messageId };
    return ofTarget[code]?.(code) ?? rejected('unclassified', code);
  });
}

/** Not Meizu's JSON: a proxy's page, a cut body. */
function byStatus({ status }: Answered, hint: number | null): PushOutcome {
  const code = `http-${status}`;
  // Somebody answered in Meizu's place: the push may or may not have got through.
  if (status === 200) return deferred('no-answer', 'http-200-without-code');
  if (status >= 500) return deferred('vendor-unavailable', code, hint);
  if (status === 429) return deferred('throttled', code, hint);
  if (status === 401 || status === 403 || status === 404) return deferred('credential-refused', code);
  if (status === 413) return rejected('payload-too-large', code);
  return rejected('unclassified', code);
}

function answerOf(body: Uint8Array): MeizuAnswer | null {
  const answer = objectOf(body);
  const code = answer?.['code'];
  if (answer === null || typeof code !== 'string') return null;
  const { msgId, value } = answer;
  const codeOf = new Map<string, string>();
  // An error has an empty text in place of the map.
  for (const [name, ids] of Object.entries(typeof value === 'object' && value !== null ? value : {}))
    for (const id of Array.isArray(ids) ? (ids as readonly unknown[]) : [])
      if (typeof id === 'string') codeOf.set(id, name);
  return { code, messageId: typeof msgId === 'string' && msgId !== '' ? msgId : null, codeOf };
}

function objectOf(body: Uint8Array): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(body));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : null;
  } catch {
    // The status alone decides.
    return null;
  }
}

function rows<Row>(codes: readonly string[], row: Row): Readonly<Record<string, Row>> {
  return Object.fromEntries(codes.map((code) => [code, row]));
}
