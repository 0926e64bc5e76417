import type { Scenario } from '../harness/scenario.js';
import type { Answer } from './tenant.js';

/** Counts what worked and what was refused; a refusal counts only if it is the one that was expected. */
export class Tally {
  worked = 0;
  refused = 0;

  constructor(private readonly scenario: Scenario) {}

  async works(title: string, action: () => Promise<unknown>): Promise<void> {
    const error = await action().then(
      (value) => (isAnswer(value) && value.code !== null ? JSON.stringify(value) : null),
      (cause: unknown) => String(cause),
    );
    this.scenario.check(`works: ${title}`, error === null, error ?? '');
    if (error === null) this.worked += 1;
  }

  /** Over HTTP: exactly this status and problem. */
  async refuses(title: string, wanted: string, action: () => Promise<Answer>): Promise<void> {
    const { status, code } = await action();
    this.no(title, wanted, `${status} ${code}`);
  }

  /** Nothing says no, and nothing of the other app is there, or has changed. */
  async isWithoutEffect(title: string, look: () => Promise<unknown>, nothing: unknown): Promise<void> {
    this.no(title, JSON.stringify(nothing), JSON.stringify(await look()));
  }

  no(title: string, wanted: string, got: string): void {
    this.scenario.check(`refused: ${title}`, got === wanted, `got ${got}, wanted ${wanted}`);
    if (got === wanted) this.refused += 1;
  }
}

const isAnswer = (value: unknown): value is Answer =>
  typeof value === 'object' && value !== null && 'status' in value && 'code' in value;
