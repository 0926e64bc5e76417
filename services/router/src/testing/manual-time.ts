import type { Time } from '../ports.js';

/** Time that passes when the test says so; what is due is called in order, then whatever follows from it. */
export function manualTime(start = 1_000_000): Time & { pass(ms: number): Promise<void>; pending(): number } {
  let now = start;
  let waiting: { at: number; action: () => void }[] = [];
  return {
    now: () => now,
    after(ms, action) {
      const entry = { at: now + ms, action };
      waiting.push(entry);
      return {
        cancel() {
          waiting = waiting.filter((other) => other !== entry);
        },
      };
    },
    async pass(ms) {
      const until = now + ms;
      for (;;) {
        await settled();
        const [next] = waiting.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        waiting = waiting.filter((other) => other !== next);
        now = Math.max(now, next.at);
        next.action();
      }
      now = until;
      await settled();
    },
    pending: () => waiting.length,
  };
}

/** Lets everything run that only waits for promises. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
