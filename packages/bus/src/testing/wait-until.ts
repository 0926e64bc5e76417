import { setTimeout as delay } from 'node:timers/promises';

/** Resolves when the condition holds; fails with `what` after the deadline. */
export async function waitUntil(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 30_000,
): Promise<void> {
  const until = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > until) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await delay(5);
  }
}
