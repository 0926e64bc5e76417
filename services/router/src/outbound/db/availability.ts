import { UnavailableError } from '@reveille/contracts/errors';

export interface Availability {
  /** Throws UnavailableError while the database did not answer the last time. */
  assert(): void;
  stop(): void;
}

const everyMs = 1_000;

/** Asks the database once a second whether it is there, so that nothing is begun that cannot be finished. */
export function watchAvailability(
  ping: () => Promise<void>,
  onChange: (isUp: boolean) => void,
): Availability {
  let isUp = true;
  let isAsking = false;
  const set = (now: boolean): void => {
    if (now !== isUp) onChange(now);
    isUp = now;
  };
  const ask = (): void => {
    if (isAsking) return;
    isAsking = true;
    ping()
      .then(
        () => set(true),
        () => set(false),
      )
      .finally(() => {
        isAsking = false;
      });
  };
  const timer = setInterval(ask, everyMs);
  timer.unref();
  return {
    assert() {
      if (!isUp) throw new UnavailableError('Postgres does not answer');
    },
    stop: () => clearInterval(timer),
  };
}
