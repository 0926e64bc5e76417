import type { LogFields } from '@reveille/contracts/log-fields';

export interface RecurringWork {
  readonly name: string;
  readonly everyMs: number;
  readonly work: () => Promise<unknown>;
}

interface Logger {
  warn(message: string, fields?: LogFields): void;
}

export interface Recurring {
  /** Begins no more and resolves when what runs is done. */
  stop(): Promise<void>;
}

/** Does each work again and again, never twice at once. What fails is tried again at its next time. */
export function startRecurring(works: readonly RecurringWork[], logger: Logger): Recurring {
  const running = new Map<string, Promise<void>>();
  const run = ({ name, work }: RecurringWork) => {
    if (running.has(name)) return;
    const done = work()
      .then(
        () => undefined,
        (error: unknown) => logger.warn('recurring work failed', { work: name, error }),
      )
      .finally(() => running.delete(name));
    running.set(name, done);
  };
  const timers = works.map((work) => setInterval(() => run(work), work.everyMs));
  return {
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await Promise.all(running.values());
    },
  };
}
