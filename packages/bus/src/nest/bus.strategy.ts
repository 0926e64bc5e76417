import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Bus } from '../connect.js';
import { type ConsumerHandle, type Delivery, runConsumer } from '../consume.js';
import type { Disposition } from '../disposition.js';
import { type AskContext, type Responder, respond } from '../respond.js';
import type { AskExtras, ConsumerExtras } from './patterns.js';

/**
 * Nest's two kinds of message over the bus's one connection: `@EventPattern` handlers (`OnConsumer`) run on JetStream consumers,
 * and the disposition that they return settles the message; `@MessagePattern` handlers (`OnAsk`) answer asks. Handlers are looked up once,
 * at start. Install `RethrowFilter` globally: Nest's own filter replaces every error by one without a name.
 */
export class BusStrategy extends Server implements CustomTransportStrategy {
  // A failure is observed here, by the consumer loop or the asker; Nest need not report it.
  override readonly propagatesEventHandlerErrors = true;
  readonly #consumers = new Map<string, ConsumerHandle>();
  readonly #responders: Responder[] = [];

  constructor(private readonly bus: Bus) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    try {
      for (const [pattern, handler] of this.messageHandlers) {
        if (handler.isEventHandler === true) this.#consume(pattern, handler);
        else this.#answer(pattern, handler);
      }
      callback();
    } catch (error) {
      callback(error);
    }
  }

  /**
   * Takes no more messages and asks, and resolves when those at hand are finished. Call it in `onModuleDestroy`: Nest closes
   * microservices only after HTTP, sockets and clients are gone.
   */
  async stopTaking(): Promise<void> {
    const consumers = [...this.#consumers.values()].map((consumer) => consumer.stop());
    const responders = this.#responders.map((responder) => responder.stop());
    await Promise.all([...consumers, ...responders]);
  }

  close(): Promise<void> {
    return this.stopTaking();
  }

  /** The running loop of a consumer, to pause it. */
  consumer(pattern: string): ConsumerHandle | null {
    return this.#consumers.get(pattern) ?? null;
  }

  on(): never {
    throw new Error('listen to the bus itself: bus.listen');
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- Nest's signature.
  unwrap<T>(): T {
    return this.bus as T;
  }

  #consume(pattern: string, handler: MessageHandler): void {
    if (handler.next !== undefined)
      throw new Error(`${pattern} has two handlers: which of them would settle the message?`);
    const [stream, consumer] = pattern.split('/');
    if (!stream || !consumer) throw new Error(`${pattern} is not the pattern of a consumer`);
    const extras = handler.extras as ConsumerExtras | undefined;
    if (typeof extras?.maxInFlight !== 'number') throw new Error(`${pattern} does not say its maxInFlight`);
    const handle = async (delivery: Delivery): Promise<Disposition> => {
      const disposition = await resultOf<Disposition | undefined>(handler(delivery));
      if (disposition === undefined) throw new Error(`the handler of ${pattern} returned no disposition`);
      return disposition;
    };
    this.#consumers.set(pattern, runConsumer(this.bus, { ...extras, stream, consumer, handle }));
  }

  #answer(subject: string, handler: MessageHandler): void {
    const extras = handler.extras as Partial<AskExtras> | undefined;
    if (extras?.queue === undefined) throw new Error(`${subject} does not say its queue`);
    const answer = (body: unknown, context: AskContext) => resultOf(handler(body, context));
    this.#responders.push(respond(this.bus, subject, { queue: extras.queue }, answer));
  }
}

/** A promise's value goes through as it is; only what Nest has wrapped is unwrapped. */
async function resultOf<T>(returned: Promise<unknown>): Promise<T> {
  const result = await returned;
  if (!isObservable(result)) return result as T;
  try {
    return (await lastValueFrom(result, { defaultValue: undefined })) as T;
  } catch (error) {
    if (error instanceof Error) throw error;
    throw new Error('a handler failed and its error was replaced: install RethrowFilter', { cause: error });
  }
}
