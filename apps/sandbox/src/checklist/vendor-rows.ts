import type { SandboxFixture } from '../testing/sandbox-fixture.js';
import type { Tally } from './run-rows.js';

/** What a vendor's rows run with. */
export interface RowSurroundings {
  readonly fixture: SandboxFixture;
  now(): number;
  print(line: string): void;
  /** Puts faults, switches and the clock back to how they are at a start. */
  restore(): Promise<void>;
}

/** The checklist of one vendor, with its checks. */
export interface VendorRows {
  readonly vendor: string;
  run(surroundings: RowSurroundings): Promise<Tally>;
}
