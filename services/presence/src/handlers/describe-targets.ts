import type { TargetsAnswer, TargetsAsk } from '@reveille/contracts/ask/presence';
import type { DeviceLookup } from '../ports.js';

/** Whether push targets are still bound, and what their tokens are now. */
export const describeTargets =
  ({ directory }: { readonly directory: Pick<DeviceLookup, 'targets'> }) =>
  async ({ targets }: TargetsAsk): Promise<TargetsAnswer> => ({ targets: await directory.targets(targets) });
