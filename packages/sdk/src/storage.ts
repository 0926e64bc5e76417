import { now } from './time-and-chance.js';

/**
 * Where the SDK keeps what must outlive the app: the device's id and secret, the outbox, the place in the inbox, a logout that was
 * made offline. A browser gives `localStorage`, a phone its keychain. All methods are synchronous; a store that is not must be
 * read in before.
 */
export interface ZIMStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Forgets everything with the process: for tests and tools. */
export class MemoryStorage implements ZIMStorage {
  readonly #items = new Map<string, string>();
  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.#items.set(key, value);
  }
  removeItem(key: string): void {
    this.#items.delete(key);
  }
}

/** `localStorage` where the browser has one and lets us, else memory. */
export function defaultStorage(): ZIMStorage {
  try {
    const { localStorage } = globalThis as { localStorage?: ZIMStorage };
    if (localStorage !== undefined) {
      localStorage.getItem('reveille');
      return localStorage;
    }
  } catch {
    // A browser that forbids storage still runs the SDK.
  }
  return new MemoryStorage();
}

/** A UUIDv7: a device's id, or a message's own. */
export function newUuid(at: number = now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let index = 0; index < 6; index += 1) bytes[index] = Math.floor(at / 2 ** (8 * (5 - index))) & 0xff;
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The device's own id and secret, made once and kept. */
export class DeviceIdentity {
  constructor(
    private readonly storage: ZIMStorage,
    private readonly appID: string,
  ) {}

  get deviceId(): string {
    const known = this.storage.getItem(this.#key('device'));
    if (known !== null) return known;
    const made = newUuid();
    this.storage.setItem(this.#key('device'), made);
    return made;
  }
  get secret(): string | null {
    return this.storage.getItem(this.#key('secret'));
  }
  set secret(value: string | null) {
    if (value === null) this.storage.removeItem(this.#key('secret'));
    else this.storage.setItem(this.#key('secret'), value);
  }
  /** A logout that the server has not heard of yet: who logged out. */
  get tombstone(): string | null {
    return this.storage.getItem(this.#key('logged-out'));
  }
  set tombstone(user: string | null) {
    if (user === null) this.storage.removeItem(this.#key('logged-out'));
    else this.storage.setItem(this.#key('logged-out'), user);
  }

  /** From now on another device: what was known of the old one cannot be proved any more. */
  forget(): void {
    for (const name of ['device', 'secret', 'logged-out']) this.storage.removeItem(this.#key(name));
  }

  #key(name: string): string {
    return `reveille.${this.appID}.${name}`;
  }
}
