import { inspect } from 'node:util';

/** What a scenario gets: its arguments, checks that count, and things to undo at the end. */
export interface Scenario {
  readonly args: ScenarioArgs;
  /** Counts one check; a failed one is printed with its detail and the scenario goes on. */
  check(title: string, isTrue: boolean, detail?: string): void;
  equal(title: string, got: unknown, wanted: unknown): void;
  /** A line for the reader. */
  note(line: string): void;
  /** Says why nothing can be shown here: what was not checked counts neither as passed nor as failed. */
  skip(because: string): void;
  /** Runs at the end, last one first, however the scenario ends. */
  defer(undo: () => Promise<unknown> | unknown): void;
}

export interface ScenarioArgs {
  flag(name: string): boolean;
  text(name: string, fallback: string): string;
  integer(name: string, fallback: number): number;
}

/**
 * Runs one scenario as a process: checks are printed, `RESULT <passed> passed <failed> failed` comes before the last line,
 * which is what `run` returns (if anything). Exit code 0 only if nothing failed and something was checked.
 */
export async function runScenario(
  name: string,
  run: (scenario: Scenario) => Promise<string | void>,
): Promise<void> {
  const undo: (() => Promise<unknown> | unknown)[] = [];
  let passed = 0;
  let failed = 0;
  let isSkipped = false;
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const check = (title: string, isTrue: boolean, detail = ''): void => {
    if (isTrue) passed += 1;
    else failed += 1;
    say(`${isTrue ? '  ok  ' : ' FAIL '} ${title}${isTrue || detail === '' ? '' : ` — ${detail}`}`);
  };
  const scenario: Scenario = {
    args: parseArgs(process.argv.slice(2)),
    check,
    equal: (title, got, wanted) => {
      const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
      check(title, a === b, `got ${a}, wanted ${b}`);
    },
    note: say,
    skip: (because) => {
      isSkipped = true;
      say(`SKIPPED ${because}`);
    },
    defer: (action) => void undo.push(action),
  };
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => reject(new Error(`stopped by ${signal}`)));
  });
  say(`e2e/${name}`);
  let lastLine: string | void = undefined;
  try {
    lastLine = await Promise.race([run(scenario), interrupted]);
  } catch (error) {
    // With what caused it: `fetch failed` alone says nothing.
    check('the scenario ran to its end', false, inspect(error));
  }
  for (const action of undo.reverse()) {
    try {
      await action();
    } catch (error) {
      check('the scenario tidied up', false, inspect(error));
    }
  }
  say(`RESULT ${passed} passed ${failed} failed`);
  if (lastLine !== undefined) say(lastLine);
  process.exit(failed === 0 && (passed > 0 || isSkipped) ? 0 : 1);
}

function parseArgs(argv: readonly string[]): ScenarioArgs {
  const value = (name: string): string | null => {
    const inline = argv.find((argument) => argument.startsWith(`--${name}=`));
    if (inline !== undefined) return inline.slice(name.length + 3);
    const index = argv.indexOf(`--${name}`);
    return index === -1 ? null : (argv[index + 1] ?? null);
  };
  return {
    flag: (name) => argv.includes(`--${name}`),
    text: (name, fallback) => value(name) ?? fallback,
    integer: (name, fallback) => {
      const text = value(name);
      if (text === null) return fallback;
      const number = Number(text);
      if (!Number.isInteger(number)) throw new Error(`--${name} takes a whole number, not "${text}"`);
      return number;
    },
  };
}

/**
 * Waits until `probe` gives something other than null or false, looking again every `everyMs`.
 * @throws after `withinMs`, naming what was waited for.
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | null | false> | T | null | false,
  { withinMs = 60_000, everyMs = 50 }: { withinMs?: number; everyMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await probe();
    if (value !== null && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Runs `work` over all items, at most `width` at once, and gives the results in order. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const index = next;
      next += 1;
      results[index] = await work(items[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  return results;
}

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
