import type { DeviceDecisionFacts, DeviceVerdict } from '@reveille/contracts/delivery/events';
import type { Verdict } from '@reveille/contracts/delivery/verdict';
import type { WithheldReason } from '@reveille/contracts/delivery/withheld-reason';
import type { DeviceId, Instant } from '@reveille/contracts/ids';
import type { Lane } from '@reveille/contracts/push/lane';
import type { Strategy, VendorName } from '@reveille/contracts/push/vendor';
import { vendorWords } from '@reveille/contracts/vendors/catalog';
import type { VendorWords } from '@reveille/contracts/vendors/words';

/** Goes up when the same facts may get another verdict than before. */
export const policyVersion = 1;

/** A device of the recipient and what is known of it when the wait is over. */
export interface DeviceFacts extends DeviceDecisionFacts {
  readonly deviceId: DeviceId;
}

/** What the message and its app say, for every device alike. */
export interface DeliveryPolicy {
  readonly settledAt: Instant;
  readonly expiresAt: Instant;
  readonly isRevoked: boolean;
  /** The message has a push config, or its app has a default. */
  readonly hasPushConfig: boolean;
  readonly strategy: Strategy;
  readonly lane: Lane;
  /** The vendors that the app has credentials for. */
  readonly vendors: ReadonlySet<VendorName>;
  readonly collapse: string;
}

/**
 * What becomes of a message on each device of one recipient.
 *
 * Only the device's own acknowledgement means that it was delivered: a session in the directory may be a phone in a
 * tunnel. "No" is an answer too, and it is kept with its reason, so that the trace can say why nothing arrived.
 */
export function decideDelivery(devices: readonly DeviceFacts[], policy: DeliveryPolicy): DeviceVerdict[] {
  if (devices.length === 0) return withheldAsAWhole('no-device');
  return devices.map(({ deviceId, ...facts }) => ({ deviceId, verdict: verdictFor(facts, policy), facts }));
}

/** One verdict on the message as a whole, whatever devices there are. */
export function withheldAsAWhole(reason: WithheldReason): DeviceVerdict[] {
  return [{ deviceId: null, verdict: withheld(reason), facts: null }];
}

function verdictFor(device: DeviceDecisionFacts, policy: DeliveryPolicy): Verdict {
  if (device.acknowledgedAt !== null) return { kind: 'acknowledged', at: device.acknowledgedAt };
  if (policy.isRevoked) return withheld('revoked');
  if (policy.expiresAt <= policy.settledAt) return withheld('expired');
  if (!device.bound) return withheld('logged-out');
  if (device.isOwnDevice) return withheld('own-device');
  return pushOrWithhold(device.push, policy);
}

function pushOrWithhold(push: DeviceDecisionFacts['push'], policy: DeliveryPolicy): Verdict {
  if (push.state === 'unregistered') return withheld('unregistered');
  if (push.state === 'dead') return withheld('token-dead');
  const { vendor, tokenRef } = push;
  // A call has a token of its own: that the device lacks this one says nothing about the other.
  if (vendor === null || tokenRef === null || push.state === 'none') {
    return withheld(policy.strategy === 'voip' ? 'strategy-unsupported' : 'no-token');
  }
  if (!policy.hasPushConfig || !policy.vendors.has(vendor)) return withheld('no-push-config');
  if (!canDo(vendor, policy.strategy)) return withheld('strategy-unsupported');
  const { lane, strategy, collapse, expiresAt } = policy;
  return { kind: 'push', vendor, lane, strategy, tokenRef, collapse, expiresAt };
}

const withheld = (reason: WithheldReason): Verdict => ({ kind: 'withheld', reason });

function canDo(vendor: VendorName, strategy: Strategy): boolean {
  const { strategies }: VendorWords = vendorWords[vendor];
  return strategies.includes(strategy);
}
