import type { ReadyLine } from './ready-line.js';
import type { Supervisor } from './supervisor.js';
import type { TownKeys } from './town-keys.js';

/** What each step of a town's start works with. */
export interface TownStep {
  readonly data: string;
  readonly ports: ReadyLine['ports'];
  readonly supervisor: Supervisor;
  readonly town: TownKeys;
  onStep(line: string): void;
}
