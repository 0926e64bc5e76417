import type { Lane } from '@reveille/contracts/push/lane';
import type { Strategy } from '@reveille/contracts/push/vendor';

/**
 * The strategy that a `resourcesID` names. Three are built in; any other id is a plain alert, so that a message is shown
 * and not lost when an app names a strategy that it has not declared.
 */
export function strategyOf(resourcesId: string): Strategy {
  return resourcesId === 'silent' || resourcesId === 'voip' ? resourcesId : 'alert';
}

/** Calls go before chat; the sender's priority of a message does not change its lane. */
export function laneOf(strategy: Strategy): Lane {
  return strategy === 'voip' ? 'urgent' : 'normal';
}
