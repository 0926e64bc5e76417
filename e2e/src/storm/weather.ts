import type { VendorName } from '@reveille/contracts/push/vendor';
import type { PlannedFault } from '../harness/sandbox-control.js';
import type { Town } from '../harness/town.js';
import type { AppAtVendor } from './people.js';

type Weather = Omit<PlannedFault, 'topic' | 'vendor'>;
export interface Front {
  readonly name: string;
  /** The same everywhere, or each vendor's own. */
  readonly fault: Weather | ((vendor: VendorName) => Weather);
}

const plain: readonly Front[] = [
  { name: 'answers take 1.5 s', fault: { kind: 'delay', ms: 1_500 } },
  { name: '503', fault: { kind: 'answer', status: 503 } },
  { name: '429 with Retry-After', fault: { kind: 'answer', status: 429, retryAfterSeconds: 2 } },
  { name: '500', fault: { kind: 'answer', status: 500 } },
  { name: 'cut before it was processed', fault: { kind: 'cut-before', probability: 0.5, seed: 1 } },
  { name: 'cut after it was processed', fault: { kind: 'cut-after', probability: 0.5, seed: 2 } },
  { name: 'reset', fault: { kind: 'reset', probability: 0.5, seed: 3 } },
  { name: 'GOAWAY', fault: { kind: 'goaway', probability: 0.1, seed: 4 } },
  { name: 'a page that no vendor has', fault: { kind: 'nonsense', status: 502 } },
  { name: 'no answer any more', fault: { kind: 'half-open', probability: 0.05, seed: 5 } },
];

/** Everything that can go wrong between a worker and a vendor, one after the other. */
export async function frontsOf(town: Town): Promise<readonly Front[]> {
  const refusals = await town.sandbox.credentialRefusals();
  const refused: Front = {
    name: 'the credential is refused, and mended again',
    fault: (vendor) => ({ kind: 'answer', reason: refusals.get(vendor) ?? '' }),
  };
  return [...plain, refused];
}
export const frontCount = plain.length + 1;

/** One front over all of these at once; resolves when it has moved on. */
export async function pass(
  town: Town,
  { fault }: Front,
  places: readonly AppAtVendor[],
  lastsMs: number,
): Promise<void> {
  const faults = places.flatMap(({ vendor, topics }) =>
    topics.map((topic) => ({ ...(typeof fault === 'function' ? fault(vendor) : fault), vendor, topic })),
  );
  const { ids } = await town.sandbox.call<{ ids: string[] }>('PUT', '/faults', { faults });
  await new Promise((resolve) => setTimeout(resolve, lastsMs));
  for (const id of ids) await town.sandbox.call('DELETE', `/faults?id=${id}`);
}
