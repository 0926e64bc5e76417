import type { AppSettings } from '@reveille/contracts/app/events';
import type { StrategyDocument } from '@reveille/contracts/app/strategy';
import type { Instant } from '@reveille/contracts/ids';
import type { MessageAccepted } from '@reveille/contracts/message/events';
import type { Lane } from '@reveille/contracts/push/lane';
import type { PushClass, PushResource } from '@reveille/contracts/push/resource';
import type { Strategy, VendorName } from '@reveille/contracts/push/vendor';
import { vendorWords } from '@reveille/contracts/vendors/catalog';
import type { VendorWords } from '@reveille/contracts/vendors/words';

/** One way to push a message: the strategy that its `resourcesID` names, or a fallback of that one. */
export interface StrategyChoice {
  /** Null: a built-in strategy, or one that the app has not declared. */
  readonly document: StrategyDocument | null;
  readonly strategy: Strategy;
  readonly lane: Lane;
  readonly collapse: string;
  readonly expiresAt: Instant;
}
/** In the order of preference, never empty. */
export type StrategyChoices = readonly [StrategyChoice, ...StrategyChoice[]];

type Said = Pick<MessageAccepted, 'messageId' | 'sender' | 'recipients'> & {
  readonly resourcesId: string;
  readonly threadId: string;
};

/** The strategy that a `resourcesID` names and, for vendors that cannot do it, its fallbacks; a circle of them ends where it began. */
export function strategyChoices(
  said: Said,
  strategies: readonly StrategyDocument[],
  acceptedAt: Instant,
  ttlSeconds: number,
): StrategyChoices {
  const choices: StrategyChoice[] = [];
  const seen = new Set<string>();
  for (let id: string | undefined = said.resourcesId; id !== undefined && !seen.has(id); ) {
    seen.add(id);
    const document = documentOf(strategies, id);
    choices.push({
      document,
      strategy: document?.strategy ?? builtIn(id),
      lane: document === null ? laneOfBuiltIn(builtIn(id)) : laneOf(document.class),
      collapse: document?.collapse === 'conversation' ? conversationOf(said) : said.messageId,
      expiresAt: acceptedAt + Math.min(ttlSeconds, document?.ttlSeconds ?? ttlSeconds) * 1_000,
    });
    id = document?.fallback;
  }
  return choices as unknown as StrategyChoices;
}

/** What a worker needs of a declared strategy for one vendor; null for any other. */
export function resourceOf(
  { revision, strategies }: Pick<AppSettings, 'revision' | 'strategies'>,
  vendor: VendorName,
  resourcesId: string,
): PushResource | null {
  const document = documentOf(strategies, resourcesId);
  if (document === null) return null;
  const { class: pushClass, sound, clickAction, mutableContent, priority, vendors } = document;
  return {
    resourcesId,
    revision,
    class: pushClass,
    ...(sound !== undefined && { sound }),
    ...(clickAction !== undefined && { clickAction }),
    ...(mutableContent !== undefined && { mutableContent }),
    ...(priority !== undefined && { priority }),
    options: { ...vendors[vendor] },
  };
}

/** Whether a vendor can do a strategy at all. */
export function canDo(vendor: VendorName, strategy: Strategy): boolean {
  const { strategies }: VendorWords = vendorWords[vendor];
  return strategies.includes(strategy);
}

function documentOf(strategies: readonly StrategyDocument[], id: string): StrategyDocument | null {
  return strategies.find(({ resourcesId }) => resourcesId === id) ?? null;
}

/** Any id that is neither built in nor declared is a plain alert, so that its message is shown and not lost. */
function builtIn(resourcesId: string): Strategy {
  return resourcesId === 'silent' || resourcesId === 'voip' ? resourcesId : 'alert';
}

/** Calls go before chat and marketing behind both; the sender's priority of a message does not change its lane. */
function laneOf(pushClass: PushClass): Lane {
  return ({ call: 'urgent', chat: 'normal', service: 'normal', marketing: 'bulk' } as const)[pushClass];
}

function laneOfBuiltIn(strategy: Strategy): Lane {
  return strategy === 'voip' ? 'urgent' : 'normal';
}

/**
 * What the phone would call the conversation: the thread that the sender names, else the sender of a message to one. A message
 * to many without a thread belongs to no conversation that the next one could be recognised by: it stands alone.
 */
function conversationOf({ messageId, sender, recipients, threadId }: Said): string {
  if (threadId !== '') return threadId;
  return recipients.length === 1 ? sender : messageId;
}
