/** Where the time comes from, in epoch milliseconds. */
export interface Clock {
  now(): number;
}

/** The vendors' clock: the machine's, moved by an offset that tests choose. */
export class SandboxClock implements Clock {
  offsetMs = 0;

  constructor(private readonly machine: Clock) {}

  now(): number {
    return this.machine.now() + this.offsetMs;
  }

  /** The machine's own time: what the ledger writes, so that it can be held beside the logs of others. */
  machineNow(): number {
    return this.machine.now();
  }
}
