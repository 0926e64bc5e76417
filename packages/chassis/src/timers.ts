export interface Timer {
  cancel(): void;
}

/** Calls back once, later. */
export interface Timers {
  after(milliseconds: number, action: () => void): Timer;
}

export const systemTimers: Timers = {
  after(milliseconds, action) {
    const handle = setTimeout(action, milliseconds);
    return { cancel: () => clearTimeout(handle) };
  },
};
