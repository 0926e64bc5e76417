const firstMs = 200;
const longestMs = 15_000;

/** Full jitter: anything up to a bound that doubles with every failure, so that clients of a gateway that died do not come back together. */
export function backoffMs(failures: number, random: () => number): number {
  const bound = Math.min(longestMs, firstMs * 2 ** Math.min(failures, 10));
  return Math.max(50, Math.round(bound * random()));
}
