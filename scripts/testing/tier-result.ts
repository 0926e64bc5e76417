/** What one tier, or one scenario of it, came to. */
export interface TierResult {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly tookMs: number;
  /** One sentence for each thing that went wrong outside the counted tests. */
  readonly faults: readonly string[];
  /** One line for each counted test that failed: said again at the end of a long log. */
  readonly whatFailed: readonly string[];
}

export function inSeconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

export function counted(result: Pick<TierResult, 'passed' | 'failed'>): string {
  return `${result.passed} passed, ${result.failed} failed`;
}
