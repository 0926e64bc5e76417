import { respond, type AskContext, type Responder } from '@reveille/bus/respond';
import type { Bus } from '@reveille/bus/connect';
import { withSpan } from '@reveille/chassis/telemetry';
import type { Refusal } from '@reveille/contracts/ask/refusal';
import { ContractError, isErrorNamed, RefusedError } from '@reveille/contracts/errors';
import type { AppId } from '@reveille/contracts/ids';
import { parseSubject } from '@reveille/contracts/subjects';

/** Presences share the asks. */
export const askQueue = 'presence';

interface Schema<T> {
  safeParse(
    value: unknown,
  ):
    | { success: true; data: T }
    | { success: false; error: { issues: readonly { path: PropertyKey[]; message: string }[] } };
}

/** @throws ContractError that names the fields which do not fit, never what stands in them. */
export function readAsk<T>(schema: Schema<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'ask'}: ${message}`);
  throw new ContractError(faults.join('; '));
}

/** A no becomes the answer that `ask` throws again. */
export function refuse({ code, message }: Refusal): never {
  throw new RefusedError(code, message);
}

export interface AskOfApp<T> {
  readonly app: AppId;
  readonly ask: T;
  readonly traceparent: string;
}

/** What became of asks, for whoever counts them. */
export type CountAsk = (name: string, result: 'answered' | 'refused' | 'failed') => void;

export interface AskDoor {
  readonly bus: Bus;
  readonly count: CountAsk;
}

/** Answers an ask that names its app in the subject, in a span of its own. */
export function answerForApps<T>(
  { bus, count }: AskDoor,
  subjectOf: (app: AppId) => string,
  schema: Schema<T>,
  answer: (asked: AskOfApp<T>) => Promise<unknown>,
): Responder {
  return respond(bus, subjectOf('*'), { queue: askQueue }, (body, context) => {
    const { app, name } = placeOf(context);
    const ask = readAsk(schema, body);
    const span = { parent: context.traceparent, kind: 'server', attributes: { app } } as const;
    const answered = withSpan(`presence ${name}`, span, (traceparent) => answer({ app, ask, traceparent }));
    answered.then(
      () => count(name, 'answered'),
      (error: unknown) => count(name, isErrorNamed(error, 'RefusedError') ? 'refused' : 'failed'),
    );
    return answered;
  });
}

function placeOf({ subject }: AskContext): { app: AppId; name: string } {
  const place = parseSubject(subject);
  if (place === null) throw new ContractError(`${subject} is not an ask`);
  return { app: place.app, name: place.event ?? 'ask' };
}
