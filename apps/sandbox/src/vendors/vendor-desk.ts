import type { AccessTokens } from '../access-tokens.js';
import type { FaultPlans } from '../faults.js';
import type { Ledger } from '../ledger.js';
import type { Phones } from '../phones.js';
import type { ReceiptPost } from '../receipts/receipt-post.js';
import type { RandomSource } from '../random-source.js';
import type { SandboxClock } from '../sandbox-clock.js';

/** What every vendor works with. */
export interface VendorDesk {
  readonly clock: SandboxClock;
  readonly random: RandomSource;
  readonly phones: Phones;
  readonly faults: FaultPlans;
  readonly ledger: Ledger;
  readonly load: LoadSwitches;
  readonly receipts: ReceiptPost;
  readonly accessTokens: AccessTokens;
  after(ms: number, then: () => void): void;
}

/** How much is done per push, and how long it seems to take. */
export interface LoadSwitches {
  /** True: no phone bookkeeping and no payload in the ledger. For load tests of what lies in front of the sandbox. */
  fast: boolean;
  /** Whether the ledger keeps payloads. */
  keepsPayloads: boolean;
  /** Every ordinary answer takes between these, evenly spread; both 0 = at once. */
  latencyMinMs: number;
  latencyMaxMs: number;
}

export const loadDefaults: LoadSwitches = {
  fast: false,
  keepsPayloads: true,
  latencyMinMs: 0,
  latencyMaxMs: 0,
};

/** A deterministic even spread: the golden ratio's multiples fill the interval without clumps. */
export function makeLatency(load: LoadSwitches): () => number {
  let turn = 0;
  return () => {
    if (load.latencyMaxMs === 0) return 0;
    turn = (turn + 0.618_033_988_75) % 1;
    return load.latencyMinMs + turn * (load.latencyMaxMs - load.latencyMinMs);
  };
}
