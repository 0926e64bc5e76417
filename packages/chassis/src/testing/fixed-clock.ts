import type { Clock } from '../clock.js';

/** A clock that stands until it is moved. */
export function fixedClock(
  start = 1_795_518_000_000,
): Clock & { advance(milliseconds: number): void; set(at: number): void } {
  let now = start;
  return {
    now: () => now,
    advance: (milliseconds) => {
      now += milliseconds;
    },
    set: (at) => {
      now = at;
    },
  };
}
