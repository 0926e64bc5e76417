import type { EventHub, PhoneEvent } from './event-hub.js';
import type { Journal } from './journal.js';
import { LockScreen, type ShownNotification } from './lock-screen.js';
import type { AcceptedPush, PushEffect, PushStorage } from './push.js';
import type { RandomSource } from './random-source.js';
import type { Clock } from './sandbox-clock.js';

export type TokenState = 'active' | 'unregistered' | 'expired';

/** What a phone is: fixed for its life. */
export interface PhoneDescription {
  readonly vendor: string;
  /** The bundle id or the package name. */
  readonly bundle: string;
  /** The vendor's own fields. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface Phone extends PhoneDescription {
  readonly phoneId: string;
  readonly createdAt: number;
  online: boolean;
  isInstalled: boolean;
  /** Whether the person lets the app show notifications; what a vendor makes of a no is its matter. */
  showsNotifications: boolean;
  readonly tokens: Map<string, string>;
  readonly screen: LockScreen;
  readonly storage: PushStorage;
}

/** What the phones need of a vendor. */
export interface PhoneVendor {
  readonly phones: {
    issueToken(phone: Phone, kind: string): string;
    /** How pushes wait while the phone is away. */
    storageFor(phone: PhoneDescription): PushStorage;
  };
  /** A push has come to its end: at once, or when the phone is back. `because` is set when it was dropped. Where receipts begin. */
  pushSettled?(phone: Phone, push: AcceptedPush, effect: PushEffect, because: string | null): void;
  /** The person tapped a notification. */
  pushTapped?(phone: Phone, notification: ShownNotification): void;
}

export interface VendorToken {
  readonly token: string;
  readonly kind: string;
  readonly phone: Phone;
  readonly issuedAt: number;
  state: TokenState;
  /** Since when it is dead; null while it lives. */
  goneAt: number | null;
}

/** The virtual phones and the tokens that vendors gave them. */
export class Phones {
  readonly #phones = new Map<string, Phone>();
  readonly #tokens = new Map<string, VendorToken>();

  constructor(
    private readonly clock: Clock,
    private readonly random: RandomSource,
    private readonly events: EventHub,
    private readonly journal: Journal,
    /** Filled before the first phone comes. */
    private readonly vendors: ReadonlyMap<string, PhoneVendor>,
  ) {}

  list(): Phone[] {
    return [...this.#phones.values()];
  }

  get(phoneId: string): Phone | null {
    return this.#phones.get(phoneId) ?? null;
  }

  findToken(token: string): VendorToken | null {
    return this.#tokens.get(token) ?? null;
  }

  register(description: PhoneDescription): Phone {
    const phone = this.restorePhone(`phone-${this.random.hex(6)}`, description, this.clock.now());
    this.journal.write({ type: 'phone', phoneId: phone.phoneId, description, createdAt: phone.createdAt });
    this.#emit(phone, 'phone', { vendor: phone.vendor, bundle: phone.bundle });
    return phone;
  }

  /** Gives the app a vendor token; the one that it had of this kind is dead from now on. */
  issueToken(phone: Phone, kind: string): string {
    const token = this.#vendorOf(phone).phones.issueToken(phone, kind);
    const issuedAt = this.clock.now();
    this.restoreToken(phone, kind, token, issuedAt);
    this.journal.write({ type: 'token', phoneId: phone.phoneId, kind, token, issuedAt });
    this.#emit(phone, 'token', { token, kind });
    return token;
  }

  setTokenState(record: VendorToken, state: TokenState, goneAt: number): void {
    record.state = state;
    record.goneAt = state === 'active' ? null : goneAt;
    this.journal.write({ type: 'token-state', token: record.token, state, goneAt });
    if (state !== 'active') this.#emit(record.phone, 'unregistered', { token: record.token, state });
  }

  /** The person removes the app: its tokens are dead and its notifications leave the screen. */
  uninstall(phone: Phone): void {
    for (const token of phone.tokens.values()) {
      const record = this.#tokens.get(token);
      if (record?.state === 'active') this.setTokenState(record, 'unregistered', this.clock.now());
    }
    phone.tokens.clear();
    phone.isInstalled = false;
    phone.screen.clear();
    phone.storage.takeAll();
    this.journal.write({ type: 'uninstalled', phoneId: phone.phoneId });
  }

  setOnline(phone: Phone, online: boolean): void {
    phone.online = online;
    this.journal.write({ type: 'network', phoneId: phone.phoneId, online });
    this.#emit(phone, 'network', { online });
    if (online) this.#handOutStored(phone);
  }

  setShowsNotifications(phone: Phone, allowed: boolean): void {
    phone.showsNotifications = allowed;
    this.journal.write({ type: 'notifications', phoneId: phone.phoneId, allowed });
  }

  /** The person taps a notification; false: it does not lie on the screen. */
  tap(phone: Phone, id: string): boolean {
    const notification = phone.screen.notifications.find((shown) => shown.id === id);
    if (notification === undefined) return false;
    this.#emit(phone, 'tapped', { id });
    this.#vendorOf(phone).pushTapped?.(phone, notification);
    return true;
  }

  /** An accepted push reaches the phone, waits for it, or is lost, as the vendor has it. */
  receive(phone: Phone, push: AcceptedPush): PushEffect {
    const now = this.clock.now();
    if (push.expiresAt !== null && push.expiresAt !== 0 && push.expiresAt <= now)
      return this.drop(phone, push, 'expired');
    if (phone.online) return this.#deliver(phone, push, now);
    if (push.expiresAt === 0) return this.drop(phone, push, 'expired');
    for (const { push: lost, because } of phone.storage.store(push)) this.drop(phone, lost, because);
    this.#emit(phone, 'stored', { id: push.vendorId });
    return 'stored';
  }

  /** A push that was accepted and that the phone's system throws away. */
  discard(phone: Phone, vendorId: string, because: string): PushEffect {
    this.#emit(phone, 'dropped', { id: vendorId, because });
    return 'dropped';
  }

  /** As `discard`, where the push could be read: the vendor hears of it. */
  drop(phone: Phone, push: AcceptedPush, because: string): PushEffect {
    const effect = this.discard(phone, push.vendorId, because);
    this.#vendorOf(phone).pushSettled?.(phone, push, effect, because);
    return effect;
  }

  restorePhone(phoneId: string, description: PhoneDescription, createdAt: number): Phone {
    const phone: Phone = {
      ...description,
      phoneId,
      createdAt,
      online: true,
      isInstalled: true,
      showsNotifications: true,
      tokens: new Map(),
      screen: new LockScreen(),
      storage: this.#vendorOf(description).phones.storageFor(description),
    };
    this.#phones.set(phoneId, phone);
    return phone;
  }

  /** Whether a phone of this kind can be held: its vendor is open. */
  knows(description: PhoneDescription): boolean {
    return this.vendors.has(description.vendor);
  }

  restoreToken(phone: Phone, kind: string, token: string, issuedAt: number): void {
    const earlier = this.#tokens.get(phone.tokens.get(kind) ?? '');
    if (earlier?.state === 'active') {
      earlier.state = 'unregistered';
      earlier.goneAt = issuedAt;
      this.#emit(phone, 'unregistered', { token: earlier.token, state: 'unregistered' });
    }
    phone.tokens.set(kind, token);
    phone.isInstalled = true;
    this.#tokens.set(token, { token, kind, phone, issuedAt, state: 'active', goneAt: null });
  }

  #handOutStored(phone: Phone): void {
    const now = this.clock.now();
    const { pushes, hasOverflowed } = phone.storage.takeAll();
    if (hasOverflowed)
      phone.screen.data.push({ id: 'deleted-messages', data: '{"deletedMessages":true}', at: now });
    for (const push of pushes) {
      if (push.expiresAt !== null && push.expiresAt <= now) this.drop(phone, push, 'expired');
      else this.#deliver(phone, push, now);
    }
  }

  #deliver(phone: Phone, push: AcceptedPush, now: number): PushEffect {
    const effect = push.kind === 'notification' ? phone.screen.show(push, now) : phone.screen.hand(push, now);
    const { vendorId: id, collapseId, tag, title, body } = push;
    this.#emit(phone, effect, { id, collapseId, tag, title, body });
    this.#vendorOf(phone).pushSettled?.(phone, push, effect, null);
    return effect;
  }

  #vendorOf({ vendor }: PhoneDescription): PhoneVendor {
    const found = this.vendors.get(vendor);
    if (found === undefined) throw new Error(`the vendor ${vendor} is not open`);
    return found;
  }

  #emit(phone: Phone, type: PhoneEvent['type'], detail: Readonly<Record<string, unknown>>): void {
    this.events.emit(() => ({ type, at: this.clock.now(), phoneId: phone.phoneId, detail }));
  }
}
