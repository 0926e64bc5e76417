/** What the log adds up to. Every list names what it counts, so that `trace` can be asked next. */
export interface AuditReport {
  readonly accepted: number;
  /** Messages of which every recipient has a verdict. */
  readonly settled: number;
  /** Accepted, but not (wholly) settled. */
  readonly missing: readonly string[];
  readonly settledTwice: readonly string[];
  /** `<message> <device>`: acknowledged in time and pushed all the same. */
  readonly acknowledgedAndPushed: readonly string[];
  /** `<message> <device>`: there is an attempt, or a job that waits, for a device whose verdict is a "no", or that has none. */
  readonly pushedThoughWithheld: readonly string[];
  /** `<message> <device>`: a push was decided, and there is neither an answer nor a job that waits, within its time to live. */
  readonly jobsLost: readonly string[];
  /** `<message> <device>`: tried again after its final answer was in the log. */
  readonly unexplainedDuplicates: readonly string[];
  readonly verdicts: Readonly<Record<string, number>>;
  /** Pushes that the vendor took, pushes that were closed, and pushes whose job still waits. */
  readonly pushes: {
    readonly accepted: number;
    readonly rejected: number;
    readonly closed: number;
    readonly waiting: number;
    readonly expired: number;
  };
}

/** How many things do not add up. */
export function faultsOf(report: AuditReport): number {
  return (
    report.missing.length +
    report.settledTwice.length +
    report.acknowledgedAndPushed.length +
    report.pushedThoughWithheld.length +
    report.jobsLost.length +
    report.unexplainedDuplicates.length
  );
}
