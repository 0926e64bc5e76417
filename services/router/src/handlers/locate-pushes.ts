import type { LocateAnswer, LocateAsk } from '@reveille/contracts/ask/router';
import type { Views } from '../ports.js';

/** Which pushes a vendor's receipts speak about, as far as the views know them when they have caught up. */
export function locatePushes({ views }: { readonly views: Pick<Views, 'locate'> }) {
  return async ({ pushes }: LocateAsk): Promise<LocateAnswer> => ({ places: await views.locate(pushes) });
}
