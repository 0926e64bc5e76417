import type { StandingAnswer, StandingAsk } from '@reveille/contracts/ask/router';
import type { Views } from '../ports.js';

/** Which of these pushes need not be made any more, as far as the views have come. */
export function checkStanding({ views }: { readonly views: Views }) {
  return async ({ pushes }: StandingAsk): Promise<StandingAnswer> => ({
    closed: await views.standing(pushes),
  });
}
