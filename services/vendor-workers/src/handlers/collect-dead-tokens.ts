import type { AppId, Instant } from '@reveille/contracts/ids';
import type { VendorName } from '@reveille/contracts/push/vendor';
import type { Clock, FeedbackTurns, ReceiptWatch, VendorLine, VendorLines } from '../ports.js';
import { type KeepReceiptsPorts, keepReceipts } from '../protocol/keep-receipts.js';
import type { FeedbackRecipe } from '../vendor.js';

export interface CollectDeadTokensPorts {
  readonly lines: Pick<VendorLines, 'of'>;
  readonly turns: FeedbackTurns;
  readonly keep: KeepReceiptsPorts;
  readonly clock: Clock;
  readonly unread: ReceiptWatch['unread'];
}

const code = 'listed as dead';
const never = new AbortController().signal;

/**
 * Fetches a vendor's list of dead tokens when it is due, and keeps each as a receipt. What fails is fetched at the next turn:
 * the list is asked for again then, and its tokens are known by their last good fetch.
 */
export const collectDeadTokens =
  ({ lines, turns, keep, clock, unread }: CollectDeadTokensPorts) =>
  async (app: AppId, vendor: VendorName): Promise<void> => {
    const line = lines.of(app, vendor);
    const recipe = line?.channel.feedback ?? null;
    if (line === null || recipe === null || line.gate.isShut) return;
    const turn = await turns.take(app, vendor, recipe.everyMs);
    if (turn === null) return;
    const now = clock.now();
    const read = await fetchList(line, recipe, now);
    if ('cause' in read) return unread(app, vendor, read.cause);
    const fallbackAt = turn.lastAt ?? now - recipe.everyMs;
    const batch = { app, vendor, receivedAt: now, source: 'list', fallbackAt } as const;
    await keepReceipts(
      keep,
      batch,
      read.tokens.map((token) => {
        const said = { status: 'token-unregistered', vendorCode: code, occurredAt: null } as const;
        return { token, messageId: null, vendorId: null, ...said };
      }),
    );
    await turn.done(now);
  };

async function fetchList(
  line: VendorLine,
  recipe: FeedbackRecipe,
  now: Instant,
): Promise<{ readonly tokens: readonly string[] } | { readonly cause: string }> {
  const state = await line.credential();
  if (state.kind !== 'ready') return { cause: state.cause };
  const answer = await line.sender.send(recipe.request(state.credential, now), never);
  const tokens = recipe.read(answer);
  if (tokens !== null) return { tokens };
  return { cause: answer.kind === 'answered' ? 'the answer is not the list' : answer.cause };
}
