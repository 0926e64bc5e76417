import { ConfigError, isErrorNamed } from '@reveille/contracts/errors';
import { toolSetting } from './env.js';
import type { Health } from './health.js';
import type { Logger } from './logger.js';

export interface Part {
  readonly name: string;
  start?(): Promise<unknown> | unknown;
  stop?(): Promise<unknown> | unknown;
}

const stopDeadlineMs = 20_000;

/** Starts parts in order and stops them in reverse, each with a deadline. */
export class Lifecycle {
  readonly #parts: Part[] = [];
  readonly #started: Part[] = [];
  #stopping: Promise<void> | null = null;

  constructor(
    private readonly logger: Logger,
    private readonly health: Health,
  ) {}

  add(part: Part): this {
    this.#parts.push(part);
    return this;
  }

  async start(): Promise<void> {
    for (const part of this.#parts) {
      if (this.#stopping !== null) return;
      await part.start?.();
      this.#started.push(part);
    }
    if (this.#stopping === null) this.health.open();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.health.close();
    for (const part of this.#started.reverse()) {
      try {
        await withDeadline(Promise.resolve(part.stop?.()), part.name);
      } catch (error) {
        this.logger.error('a part did not stop well', { part: part.name, error });
      }
    }
  }
}

async function withDeadline(work: Promise<unknown>, name: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${name} did not stop within ${stopDeadlineMs} ms`)),
      stopDeadlineMs,
    );
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** 78 (EX_CONFIG): what the process was started with is wrong. */
const configurationExitCode = 78;

/**
 * Runs a service: starts it, stops it on SIGTERM or SIGINT (or when the process above it goes: the end of standard input,
 * where `REVEILLE_PARENT=stdin` says so), and ends the process. Exit codes: 0, 1 for a fault, 78 for a wrong configuration.
 */
export async function runProcess(name: string, build: () => Promise<Lifecycle> | Lifecycle): Promise<void> {
  let lifecycle: Lifecycle | null = null;
  const end = (): void => {
    if (lifecycle === null) process.exit(0);
    void lifecycle.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  if (toolSetting('REVEILLE_PARENT') === 'stdin') {
    process.stdin.once('end', end).once('error', end).resume();
  }
  try {
    lifecycle = await build();
    await lifecycle.start();
  } catch (error) {
    complain(name, error);
    await lifecycle?.stop();
    process.exit(isErrorNamed(error, 'ConfigError') ? configurationExitCode : 1);
  }
}

/** One sentence per fault for whoever reads the terminal; the stack only where it is not something to mend outside. */
function complain(name: string, error: unknown): void {
  const faults =
    error instanceof ConfigError || isErrorNamed(error, 'ConfigError')
      ? (error as ConfigError).faults
      : [sentenceOf(error)];
  for (const fault of faults) process.stderr.write(`${name}: ${fault}\n`);
}

const mendable = new Set(['UnavailableError', 'ForbiddenError', 'TimeoutError', 'ContractError']);

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return mendable.has(error.name) ? error.message : (error.stack ?? error.message);
}
