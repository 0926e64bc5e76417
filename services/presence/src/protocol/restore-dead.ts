import type { AppId, DeviceId, Instant, TokenRef } from '@reveille/contracts/ids';
import type { VendorName } from '@reveille/contracts/push/vendor';
import type { RestorePushToken } from '../domain/device/device.decide.js';

interface Line {
  readonly app: AppId;
  readonly vendor: VendorName;
}
interface Dead {
  readonly deviceId: DeviceId;
  readonly tokenRef: TokenRef;
}

/** Restored tokens are told to their devices' histories; what a device registered meanwhile stays. */
export interface RestorePorts {
  readonly devices: {
    handle(
      address: { readonly app: AppId; readonly deviceId: DeviceId; readonly traceparent: null },
      command: RestorePushToken,
    ): Promise<unknown>;
  };
  readonly clock: { now(): Instant };
}
export interface RestoreSincePorts extends RestorePorts {
  readonly vault: { deadSince(line: Line, sinceAt: Instant): Promise<readonly Dead[]> };
}

const atOnce = 16;

/** Brings these tokens back, as far as they are still their devices'. */
export async function restoreDead(
  { devices, clock }: RestorePorts,
  { app }: Line,
  tokens: readonly Dead[],
  because: RestorePushToken['because'],
): Promise<void> {
  for (let start = 0; start < tokens.length; start += atOnce) {
    await Promise.all(
      tokens.slice(start, start + atOnce).map(({ deviceId, tokenRef }) => {
        const command = { type: 'restore-push-token', deviceId, tokenRef, because, at: clock.now() } as const;
        return devices.handle({ app, deviceId, traceparent: null }, command);
      }),
    );
  }
}

/** Brings back everything of a line that died since then; says how many that were. */
export async function restoreSince(
  ports: RestoreSincePorts,
  line: Line,
  sinceAt: Instant,
  because: RestorePushToken['because'],
): Promise<number> {
  let restored = 0;
  for (;;) {
    const tokens = await ports.vault.deadSince(line, sinceAt);
    if (tokens.length === 0) return restored;
    await restoreDead(ports, line, tokens, because);
    restored += tokens.length;
  }
}
