import type { Msg } from '@nats-io/nats-core';
import { ContractError } from '@reveille/contracts/errors';
import { header } from '@reveille/contracts/headers';
import type { Bus } from './connect.js';
import { encodeError } from './error-reply.js';
import { headersOf } from './wire-headers.js';

export interface AskContext {
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly traceparent: string | null;
  /** Sends one more answer; for asks that are answered more than once. */
  reply(value: unknown): void;
}

export type AskHandler = (body: unknown, context: AskContext) => unknown;

export interface Responder {
  /** Takes no more asks and resolves when those at hand are answered. */
  stop(): Promise<void>;
}

/**
 * Answers asks. What the handler returns goes back as JSON; `undefined` means that it has said everything through
 * `reply`. What it throws goes back as an error that `ask` throws again. With a queue each ask is answered by one of the
 * group, without by everybody. A handler's bug is logged, and its asker is told only that it failed.
 */
export function respond(
  bus: Bus,
  subject: string,
  options: { queue: string | null },
  handler: AskHandler,
): Responder {
  const running = new Set<Promise<void>>();
  const onAsk = (msg: Msg): void => {
    // An answer goes out with our rights: an asker must not choose a place where it would be stored as a fact of ours.
    if (msg.reply && !msg.reply.startsWith(inboxes)) {
      bus.logger.warn('an ask wants its answer outside the inboxes', { subject, reply: msg.reply });
      return;
    }
    const answered = answer(bus, msg, handler);
    if (answered === null) return;
    running.add(answered);
    void answered.finally(() => running.delete(answered));
  };
  const subscription = bus.nc.subscribe(subject, {
    ...(options.queue === null ? {} : { queue: options.queue }),
    callback: (error, msg) => {
      if (error === null) onAsk(msg);
      else bus.logger.error('asks are not heard any more', { subject, error });
    },
  });
  return {
    async stop() {
      if (!subscription.isClosed() && !bus.nc.isClosed()) await subscription.drain();
      await Promise.all(running);
    },
  };
}

const inboxes = '_INBOX.';

interface OpenAsk {
  readonly msg: Msg;
  /** How often the connection had been lost when it came. */
  readonly losses: number;
}

/** Null when the handler was done at once, so that a synchronous answer costs no promise. */
function answer(bus: Bus, msg: Msg, handler: AskHandler): Promise<void> | null {
  const headers = headersOf(msg);
  const ask: OpenAsk = { msg, losses: bus.losses };
  const context: AskContext = {
    subject: msg.subject,
    headers,
    traceparent: headers[header.traceparent] ?? null,
    reply: (value) => sendAnswer(bus, ask, value),
  };
  try {
    const result = handler(parseBody(msg), context);
    if (result instanceof Promise) {
      // An answer that cannot be sent (too large, no JSON) is a failure of the answerer like any other.
      return result
        .then((value) => sendAnswer(bus, ask, value))
        .catch((error: unknown) => sendError(bus, ask, error));
    }
    sendAnswer(bus, ask, result);
  } catch (error) {
    sendError(bus, ask, error);
  }
  return null;
}

function parseBody(msg: Msg): unknown {
  if (msg.data.length === 0) return null;
  try {
    return JSON.parse(msg.string());
  } catch (cause) {
    throw new ContractError(`the ask ${msg.subject} is not JSON`, { cause });
  }
}

function sendAnswer(bus: Bus, ask: OpenAsk, value: unknown): void {
  if (value === undefined || !canBeAnswered(bus, ask)) return;
  bus.nc.publish(ask.msg.reply ?? '', Buffer.from(JSON.stringify(value)));
}

function sendError(bus: Bus, ask: OpenAsk, error: unknown): void {
  const isExpected = error instanceof Error && expected.has(error.name);
  if (!isExpected) bus.logger.error('an ask failed', { subject: ask.msg.subject, error });
  if (!canBeAnswered(bus, ask)) return;
  const { headers, data } = encodeError(error);
  bus.nc.publish(ask.msg.reply ?? '', data, { headers: headers.asMsgHdrs() });
}

/** The right to answer goes with the connection that brought the ask; its asker has given up as well. */
function canBeAnswered(bus: Bus, { msg, losses }: OpenAsk): boolean {
  return Boolean(msg.reply) && !bus.nc.isClosed() && bus.losses === losses;
}

const expected = new Set([
  'UnavailableError',
  'TimeoutError',
  'StreamFullError',
  'ConflictError',
  'ContractError',
  'RefusedError',
]);
