import type { DeviceDecisionFacts, DeviceVerdict } from '@reveille/contracts/delivery/events';
import type { Verdict } from '@reveille/contracts/delivery/verdict';
import type { WithheldReason } from '@reveille/contracts/delivery/withheld-reason';
import type { DeviceId, Instant } from '@reveille/contracts/ids';
import type { VendorName } from '@reveille/contracts/push/vendor';
import { canDo, type StrategyChoice } from './strategy-of.js';

/** Goes up when the same facts may get another verdict than before. */
export const policyVersion = 2;

/** A device of the recipient and what is known of it when the wait is over. */
export interface DeviceFacts extends DeviceDecisionFacts {
  readonly deviceId: DeviceId;
  /** What can be done for the device: the first of the message's choices that its vendor and its tokens allow, else the last. */
  readonly choice: StrategyChoice;
}

/** What the message and its app say, for every device alike. */
export interface DeliveryPolicy {
  readonly settledAt: Instant;
  /** Which of the app's settings the strategies were read from. */
  readonly revision: number;
  readonly isRevoked: boolean;
  /** The message has a push config, or its app has a default. */
  readonly hasPushConfig: boolean;
  /** The vendors that the app has credentials for. */
  readonly vendors: ReadonlySet<VendorName>;
}

/**
 * What becomes of a message on each device of one recipient.
 *
 * Only the device's own acknowledgement means that it was delivered: a session in the directory may be a phone in a
 * tunnel. "No" is an answer too, and it is kept with its reason, so that the trace can say why nothing arrived.
 */
export function decideDelivery(devices: readonly DeviceFacts[], policy: DeliveryPolicy): DeviceVerdict[] {
  if (devices.length === 0) return withheldAsAWhole('no-device');
  return devices.map(({ deviceId, choice, ...facts }) => ({
    deviceId,
    verdict: verdictFor(facts, choice, policy),
    facts,
  }));
}

/** One verdict on the message as a whole, whatever devices there are. */
export function withheldAsAWhole(reason: WithheldReason): DeviceVerdict[] {
  return [{ deviceId: null, verdict: withheld(reason), facts: null }];
}

function verdictFor(device: DeviceDecisionFacts, choice: StrategyChoice, policy: DeliveryPolicy): Verdict {
  if (device.acknowledgedAt !== null) return { kind: 'acknowledged', at: device.acknowledgedAt };
  if (policy.isRevoked) return withheld('revoked');
  if (choice.expiresAt <= policy.settledAt) return withheld('expired');
  if (!device.bound) return withheld('logged-out');
  if (device.isOwnDevice) return withheld('own-device');
  return pushOrWithhold(device.push, choice, policy);
}

function pushOrWithhold(
  push: DeviceDecisionFacts['push'],
  { document, strategy, lane, collapse, expiresAt }: StrategyChoice,
  policy: DeliveryPolicy,
): Verdict {
  if (push.state === 'unregistered') return withheld('unregistered');
  if (push.state === 'dead') return withheld('token-dead');
  const { vendor, tokenRef } = push;
  // A call has a token of its own: that the device lacks this one says nothing about the other.
  if (vendor === null || tokenRef === null || push.state === 'none') {
    return withheld(strategy === 'voip' ? 'strategy-unsupported' : 'no-token');
  }
  if (!policy.hasPushConfig || !policy.vendors.has(vendor)) return withheld('no-push-config');
  if (!canDo(vendor, strategy)) return withheld('strategy-unsupported');
  const resource =
    document === null ? null : { resourcesId: document.resourcesId, revision: policy.revision };
  return { kind: 'push', vendor, lane, strategy, tokenRef, collapse, expiresAt, resource };
}

const withheld = (reason: WithheldReason): Verdict => ({ kind: 'withheld', reason });
