import type { RegisterPushAnswer, RegisterPushAsk } from '@reveille/contracts/ask/presence';
import { type Decision, refuse } from '@reveille/eventing/decider';
import type { OfferedToken, RegisterPush } from '../domain/device/device.decide.js';
import type { DeviceEvent } from '../domain/device/device.state.js';
import type { Apps, Checkpoint, Clock, DeviceAddress, Devices, TokenNames, TokenVault } from '../ports.js';

export interface RegisterPushPorts {
  readonly apps: Apps;
  readonly devices: Devices;
  readonly vault: TokenVault;
  readonly names: TokenNames;
  readonly clock: Clock;
  readonly checkpoint: Checkpoint;
}

type Answered = { readonly kind: 'answered'; readonly answer: RegisterPushAnswer };
type Refused = Extract<Decision<DeviceEvent>, { kind: 'refused' }>;

/**
 * Registers or rotates a device's tokens. The vault has a token before DEVICES names it: what a crash leaves behind is a row
 * that no binding names. Answered only when the directory has the binding.
 */
export const registerPush =
  (ports: RegisterPushPorts) =>
  async (address: DeviceAddress, ask: RegisterPushAsk): Promise<Answered | Refused> => {
    const { apps, devices, vault, names, clock, checkpoint } = ports;
    const refusal = settingsRefusal(apps, address, ask);
    if (refusal !== null) return refusal;

    const at = clock.now();
    const secret = names.newDeviceSecret();
    const offered = tokensOf(ports, address, ask);
    const command = commandOf(ports, { address, ask, offered, secret, at });
    const keepTokens = () =>
      Promise.all(offered.map(({ tokenRef, token }) => vault.keep(address, tokenRef, token, at)));

    const { decision, state, position } = await devices.handle(address, command, async () => {
      await keepTokens();
      checkpoint('presence.after-vault');
    });
    if (decision.kind === 'refused') return decision;
    // The same token again is no event, but a vendor's older word must not count against it, nor a vault that was lost.
    if (decision.events.length === 0) await keepTokens();
    await devices.whenInDirectory(position);

    const isFresh =
      state.deviceSecretHash === command.fresh.secretHash ||
      decision.events.some(
        ({ type, data }) => type === 'push-token-bound' && data.deviceSecretHash === command.fresh.secretHash,
      );
    const answer = {
      pushId: state.pushId ?? command.fresh.pushId,
      deviceSecret: isFresh ? secret : null,
      tokenRef: offered[0].tokenRef,
    };
    return { kind: 'answered', answer };
  };

type OfferedWithToken = OfferedToken & { readonly token: string };

/**
 * What the app's settings do not provide for. Where a vendor's pushes name the device's bundle, a client may name only those
 * that the app has declared: another one would halt the app at the vendor.
 */
function settingsRefusal(
  apps: Apps,
  { app }: DeviceAddress,
  { vendor, bundle }: RegisterPushAsk,
): Refused | null {
  const vendors = apps.find(app);
  if (vendors === null) return refuse('app-unknown', `there is no app ${app}`) as Refused;
  const bundles = vendors.get(vendor);
  if (bundles === undefined)
    return refuse('vendor-not-configured', `${app} has no credentials for ${vendor}`) as Refused;
  if (bundles === null || bundle === null || bundles.names.includes(bundle)) return null;
  const declare = `others are declared in ${bundles.declaredIn} of its ${vendor} settings`;
  return refuse('bundle-not-configured', `${app} has no bundle ${bundle}: ${declare}`) as Refused;
}

function tokensOf(
  { names }: RegisterPushPorts,
  { app }: DeviceAddress,
  { vendor, token, voipToken }: RegisterPushAsk,
): readonly [OfferedWithToken, ...OfferedWithToken[]] {
  const alert = { kind: 'alert', token, tokenRef: names.refOf(app, vendor, token) } as const;
  if (voipToken === null) return [alert];
  return [alert, { kind: 'voip', token: voipToken, tokenRef: names.refOf(app, vendor, voipToken) }];
}

interface Given {
  readonly address: DeviceAddress;
  readonly ask: RegisterPushAsk;
  readonly offered: readonly OfferedWithToken[];
  readonly secret: string;
  readonly at: number;
}

function commandOf({ names }: RegisterPushPorts, { address, ask, offered, secret, at }: Given): RegisterPush {
  const { user, platform, vendor, environment, bundle } = ask;
  return {
    type: 'register-push',
    deviceId: address.deviceId,
    user,
    platform,
    vendor,
    environment,
    bundle,
    tokens: offered.map(({ kind, tokenRef }) => ({ kind, tokenRef })),
    secretHash: ask.deviceSecret === null ? null : names.hashOf(ask.deviceSecret),
    byServer: ask.bindUser,
    fresh: { pushId: names.newPushId(), secretHash: names.hashOf(secret) },
    at,
  };
}
