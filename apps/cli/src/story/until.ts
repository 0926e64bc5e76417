/** Looks again and again until there is something. @throws after `withinMs`, naming what was waited for. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | null | false> | T | null | false,
  withinMs = 15_000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await probe();
    if (value !== null && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${withinMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
