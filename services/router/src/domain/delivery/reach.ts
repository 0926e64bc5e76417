import type { DeviceDescription, PushBinding } from '@reveille/contracts/ask/presence';
import type { DeviceId, Instant } from '@reveille/contracts/ids';
import type { Strategy } from '@reveille/contracts/push/vendor';
import { vendorWords } from '@reveille/contracts/vendors/catalog';
import type { DeviceFacts } from './decide-delivery.js';
import { canDo, type StrategyChoice, type StrategyChoices } from './strategy-of.js';

/** How long the clients of an app may take, and who answers for them. */
export interface ReachPolicy {
  readonly live: 'gateway' | 'platform' | 'none';
  readonly foregroundDeadlineMs: number;
  readonly backgroundDeadlineMs: number;
}

export type NextStep =
  /** Nothing that may still come can change the verdict. */
  | { readonly kind: 'decided' }
  | { readonly kind: 'ask-again'; readonly at: Instant }
  /** Null: until presence has answered. */
  | { readonly kind: 'wait'; readonly until: Instant | null };

/** A gateway that reconnects needs this long to be found again: "nobody" may be wrong meanwhile. */
export const askAgainAfterMs = 250;

const decided: NextStep = { kind: 'decided' };

/**
 * What is known of one recipient's devices while a message waits for them.
 *
 * asked → held: somebody holds sessions of the user; each has until its own deadline to acknowledge.
 * asked → nobody: nobody is connected. If presence names a session all the same, ask again until that one's deadline.
 * asked → silence: neither; whoever should have answered has the whole deadline.
 * Whatever comes, nothing is decided before presence has named the devices. An acknowledgement counts if it came before the
 * deadline of its device, whenever it is that the verdict can be taken; one at the deadline or after it is late.
 */
export class Reach {
  /** By device: is it in the background. What a gateway says is newer than what presence says. */
  readonly #held = new Map<DeviceId, boolean>();
  readonly #acknowledged = new Map<DeviceId, Instant>();
  #devices: readonly DeviceDescription[] | null = null;
  #sessions = new Map<DeviceId, boolean>();
  #isNobody = false;
  #allAcknowledgedAt: Instant | null = null;
  #lastAskAt: Instant;

  constructor(
    private readonly policy: ReachPolicy,
    private readonly askedAt: Instant,
  ) {
    this.#lastAskAt = askedAt;
  }

  askedAgain(at: Instant): void {
    this.#lastAskAt = at;
    this.#isNobody = false;
  }

  nobody(): void {
    this.#isNobody = true;
  }

  /** An empty list says "not connected". */
  holding(devices: readonly { readonly deviceId: DeviceId; readonly background: boolean }[]): void {
    if (devices.length === 0) return this.nobody();
    for (const { deviceId, background } of devices) this.#held.set(deviceId, background);
    this.#mergeSessions();
  }

  acknowledged(devices: readonly DeviceId[], at: Instant): void {
    for (const deviceId of devices)
      if (!this.#acknowledged.has(deviceId)) this.#acknowledged.set(deviceId, at);
  }

  /** Every device that the answerer holds has the message. */
  allAcknowledged(at: Instant): void {
    this.#allAcknowledgedAt ??= at;
  }

  described(devices: readonly DeviceDescription[]): void {
    this.#devices = devices;
    this.#mergeSessions();
  }

  next(now: Instant): NextStep {
    if (this.#devices === null) return { kind: 'wait', until: null };
    if (this.policy.live === 'none') return decided;
    const until = this.#nextDeadline(now);
    if (this.#held.size === 0 && this.#isNobody) {
      return until === null ? decided : this.#askAgain(until);
    }
    if (until !== null) return { kind: 'wait', until };
    // A session that nobody has named yet may be there: it has the deadline that it would have.
    const silentUntil = this.askedAt + this.policy.foregroundDeadlineMs;
    const isSilence =
      this.#held.size === 0 && this.#acknowledged.size === 0 && this.#allAcknowledgedAt === null;
    return isSilence && now < silentUntil ? { kind: 'wait', until: silentUntil } : decided;
  }

  /** Only an acknowledgement or a deadline can decide it now. */
  isKnownToWait(now: Instant): boolean {
    return this.#devices !== null && this.#nextDeadline(now) !== null;
  }

  /** Sessions that have not acknowledged: an acknowledgement may still come, too late. */
  silentDevices(): DeviceId[] {
    return [...this.#sessions.keys()].filter((deviceId) => this.#saidAt(deviceId) === null);
  }

  /** Sessions whose acknowledgement came too late for the verdict. */
  lateDevices(): { readonly deviceId: DeviceId; readonly at: Instant }[] {
    return [...this.#sessions.keys()].flatMap((deviceId) => {
      const at = this.#saidAt(deviceId);
      return at === null || this.#acknowledgedAt(deviceId) !== null ? [] : [{ deviceId, at }];
    });
  }

  /** The push token that is used on a device. */
  bindingOf(deviceId: DeviceId, choices: StrategyChoices): PushBinding | null {
    const device = this.#devices?.find((candidate) => candidate.deviceId === deviceId) ?? null;
    return choose(device, choices).binding;
  }

  /** By device id, so that every router finds the same order. */
  facts(choices: StrategyChoices, isOwnDevice: boolean): DeviceFacts[] {
    const known = new Map((this.#devices ?? []).map((device) => [device.deviceId, device]));
    const ids = new Set([...known.keys(), ...this.#sessions.keys(), ...this.#acknowledged.keys()]);
    return [...ids]
      .sort((a, b) => (a < b ? -1 : 1))
      .map((deviceId) => this.#factsOf(deviceId, known.get(deviceId) ?? null, choices, isOwnDevice));
  }

  #factsOf(
    deviceId: DeviceId,
    device: DeviceDescription | null,
    choices: StrategyChoices,
    isOwnDevice: boolean,
  ): DeviceFacts {
    const background = this.#sessions.get(deviceId);
    const { choice, binding } = choose(device, choices);
    return {
      deviceId,
      choice,
      // A device that only its gateway knows is somebody's who is logged in.
      bound: device?.isBound ?? true,
      push: pushFacts(binding),
      hasSession: background !== undefined,
      isBackground: background ?? false,
      isOwnDevice,
      acknowledgedAt: this.#acknowledgedAt(deviceId),
      deadlineAt: this.#deadlineOfDevice(deviceId),
    };
  }

  #askAgain(until: Instant): NextStep {
    return { kind: 'ask-again', at: Math.min(this.#lastAskAt + askAgainAfterMs, until) };
  }

  #nextDeadline(now: Instant): Instant | null {
    let next: Instant | null = null;
    for (const [deviceId, background] of this.#sessions) {
      if (this.#acknowledgedAt(deviceId) !== null) continue;
      const deadline = this.#deadlineOf(background);
      if (deadline > now && (next === null || deadline < next)) next = deadline;
    }
    return next;
  }

  #deadlineOf(background: boolean): Instant {
    const { backgroundDeadlineMs, foregroundDeadlineMs } = this.policy;
    return this.askedAt + (background ? backgroundDeadlineMs : foregroundDeadlineMs);
  }

  /** Null for a device without a session, which nobody waits for. */
  #deadlineOfDevice(deviceId: DeviceId): Instant | null {
    const background = this.#sessions.get(deviceId);
    return background === undefined || this.policy.live === 'none' ? null : this.#deadlineOf(background);
  }

  /** In time. */
  #acknowledgedAt(deviceId: DeviceId): Instant | null {
    const at = this.#saidAt(deviceId);
    const deadlineAt = this.#deadlineOfDevice(deviceId);
    return at === null || deadlineAt === null || at < deadlineAt ? at : null;
  }

  #saidAt(deviceId: DeviceId): Instant | null {
    const own = this.#acknowledged.get(deviceId) ?? null;
    // A platform that never names its devices speaks for all of them.
    const isMeant = this.#held.size === 0 || this.#held.has(deviceId);
    const all = isMeant ? this.#allAcknowledgedAt : null;
    return own === null || all === null ? (own ?? all) : Math.min(own, all);
  }

  #mergeSessions(): void {
    const sessions = new Map<DeviceId, boolean>();
    for (const device of this.#devices ?? []) {
      if (device.sessions.length === 0) continue;
      sessions.set(
        device.deviceId,
        device.sessions.every(({ background }) => background),
      );
    }
    for (const [deviceId, background] of this.#held) sessions.set(deviceId, background);
    this.#sessions = sessions;
  }
}

interface Chosen {
  readonly choice: StrategyChoice;
  readonly binding: PushBinding | null;
}

/** The first choice that the device's vendor can do with a token that the device has, else the last. */
function choose(device: DeviceDescription | null, choices: StrategyChoices): Chosen {
  let chosen: Chosen | null = null;
  for (const choice of choices) {
    chosen = { choice, binding: bindingFor(device, choice.strategy) };
    if (chosen.binding !== null && canDo(chosen.binding.vendor, choice.strategy)) return chosen;
  }
  return chosen ?? { choice: choices[0], binding: null };
}

/** A call goes to the token for calls, or to the only one where the vendor has no other for them. */
function bindingFor(device: DeviceDescription | null, strategy: Strategy): PushBinding | null {
  const alert = device?.alert ?? null;
  if (strategy !== 'voip') return alert;
  const takesCalls = alert !== null && !vendorWords[alert.vendor].hasCallToken && canDo(alert.vendor, 'voip');
  return device?.voip ?? (takesCalls ? alert : null);
}

function pushFacts(binding: PushBinding | null): DeviceFacts['push'] {
  if (binding === null) return { state: 'none', vendor: null, tokenRef: null, boundAt: null };
  const { state, vendor, tokenRef, boundAt } = binding;
  return { state, vendor, tokenRef, boundAt };
}
