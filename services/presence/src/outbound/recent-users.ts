import type { DeviceDescription, LookupAsk } from '@reveille/contracts/ask/presence';
import type { AppId, DeviceId, TokenRef, UserId } from '@reveille/contracts/ids';

type Devices = DeviceDescription[];

/**
 * Devices of the users who were asked for last, the least recent one forgotten first. It keeps nothing up to date: what an
 * event may have changed is forgotten.
 */
export class RecentUsers {
  readonly #byUser = new Map<string, Devices>();
  /** A device stands in the list of its last user alone. */
  readonly #userOfDevice = new Map<string, string>();
  readonly #deviceOfToken = new Map<string, string>();

  constructor(private readonly mostUsers: number) {}

  get(app: AppId, user: UserId): Devices | null {
    const key = keyOf(app, user);
    const devices = this.#byUser.get(key);
    if (devices === undefined) return null;
    this.#byUser.delete(key);
    this.#byUser.set(key, devices);
    return devices;
  }

  put({ app, user }: LookupAsk['users'][number], devices: Devices): void {
    const key = keyOf(app, user);
    this.#forget(key);
    this.#byUser.set(key, devices);
    for (const device of devices) {
      const deviceKey = keyOf(app, device.deviceId);
      this.#userOfDevice.set(deviceKey, key);
      for (const tokenRef of liveTokensOf(device)) this.#deviceOfToken.set(keyOf(app, tokenRef), deviceKey);
    }
    if (this.#byUser.size <= this.mostUsers) return;
    const [oldest] = this.#byUser.keys();
    if (oldest !== undefined) this.#forget(oldest);
  }

  forgetUser(app: AppId, user: UserId): void {
    this.#forget(keyOf(app, user));
  }

  forgetDevice(app: AppId, deviceId: DeviceId): void {
    this.#forget(this.#userOfDevice.get(keyOf(app, deviceId)) ?? '');
  }

  /** Forgets who has this token now. */
  forgetToken(app: AppId, tokenRef: TokenRef): void {
    const deviceKey = this.#deviceOfToken.get(keyOf(app, tokenRef));
    if (deviceKey !== undefined) this.#forget(this.#userOfDevice.get(deviceKey) ?? '');
  }

  clear(): void {
    for (const index of [this.#byUser, this.#userOfDevice, this.#deviceOfToken]) index.clear();
  }

  get size(): number {
    return this.#byUser.size;
  }

  #forget(key: string): void {
    const devices = this.#byUser.get(key);
    if (devices === undefined) return;
    this.#byUser.delete(key);
    const app = key.slice(0, key.indexOf('/'));
    for (const device of devices) {
      const deviceKey = keyOf(app, device.deviceId);
      if (this.#userOfDevice.get(deviceKey) === key) this.#userOfDevice.delete(deviceKey);
      for (const tokenRef of liveTokensOf(device)) {
        const tokenKey = keyOf(app, tokenRef);
        if (this.#deviceOfToken.get(tokenKey) === deviceKey) this.#deviceOfToken.delete(tokenKey);
      }
    }
  }
}

/** An app id holds no slash. */
function keyOf(app: AppId, id: string): string {
  return `${app}/${id}`;
}

function liveTokensOf({ alert, voip }: DeviceDescription): TokenRef[] {
  return [alert, voip].flatMap((token) => (token?.state === 'live' ? [token.tokenRef] : []));
}
