import type { Sealing } from '@reveille/chassis/sealing';
import type { AppSettings } from '@reveille/contracts/app/events';
import { isErrorNamed } from '@reveille/contracts/errors';
import type { AppId, DeviceId } from '@reveille/contracts/ids';
import type { VendorName } from '@reveille/contracts/push/vendor';
import type { Allowances, VendorLine, VendorLines } from '../ports.js';
import type { Sender, VendorChannel } from '../vendor.js';
import type { CredentialCache } from './credential-cache.js';
import { OpenedTokens } from './opened-tokens.js';
import type { PacedLine } from './paced-line.js';
import type { PushGate } from './push-gate.js';

export interface AppLinesOptions {
  readonly vendors: readonly VendorName[];
  readonly channelOf: (vendor: VendorName, app: AppSettings) => VendorChannel | null;
  readonly openSender: (channel: VendorChannel) => Sender;
  /** For requests that no library sender can make: access tokens. */
  readonly openTokenSender: (channel: VendorChannel) => Sender;
  readonly openGate: (app: AppId, vendor: VendorName) => PushGate;
  /** @param perSecond targets per second over all workers, where the settings name it; null: what the vendor documents */
  readonly openPace: (app: AppId, vendor: VendorName, perSecond: number | null) => PacedLine;
  readonly allowancesOf: (app: AppId, vendor: VendorName) => Allowances;
  readonly credentials: CredentialCache;
  readonly sealing: Sealing;
  /** Where a vendor that can is to call back about a push. */
  readonly receiptsOf: (app: AppId, vendor: VendorName) => VendorLine['receiptsFor'];
}

interface OpenLine extends VendorLine {
  readonly gate: PushGate;
  readonly paced: PacedLine;
  readonly app: AppId;
  readonly vendor: VendorName;
  readonly settings: string;
  readonly senders: readonly Sender[];
}

/** How long a line that was replaced may wait for the answers that are still due. */
const replacedGraceMs = 15_000;

/** The lines of all apps that are configured, made anew when an app's settings change. */
export class AppLines implements VendorLines {
  readonly #lines = new Map<string, OpenLine>();
  readonly #gates = new Map<string, PushGate>();
  readonly #closing = new Set<Promise<void>>();

  readonly #tokens: OpenedTokens;

  constructor(private readonly options: AppLinesOptions) {
    this.#tokens = new OpenedTokens(options.sealing);
  }

  of(app: AppId, vendor: VendorName): VendorLine | null {
    return this.#lines.get(keyOf(app, vendor)) ?? null;
  }

  /** The lines that are open now. */
  all(): readonly { readonly app: AppId; readonly vendor: VendorName }[] {
    return [...this.#lines.values()].map(({ app, vendor }) => ({ app, vendor }));
  }

  openToken(sealed: string, app: AppId, deviceId: DeviceId): string | null {
    try {
      return this.#tokens.open(sealed, { app, deviceId });
    } catch (error) {
      if (isErrorNamed(error, 'UnknownSealingKeyError')) return null;
      throw error;
    }
  }

  isSealedNow(sealed: string): boolean {
    // Cheaper than taking it apart, and a key id holds no dot.
    return sealed.startsWith(`v1.${this.options.sealing.currentKeyId}.`);
  }

  /** Gives the vendors that this process serves for the app now. */
  configure(app: AppSettings): readonly VendorName[] {
    return this.options.vendors.filter((vendor) => {
      const channel = this.options.channelOf(vendor, app);
      if (channel === null) this.#drop(app.app, vendor);
      else this.#open(app, vendor, channel);
      return channel !== null;
    });
  }

  remove(app: AppId): void {
    for (const vendor of this.options.vendors) this.#drop(app, vendor);
  }

  /** The gate of a vendor's app: it outlives the settings. */
  gateOf(app: AppId, vendor: VendorName): PushGate {
    const key = keyOf(app, vendor);
    const gate = this.#gates.get(key) ?? this.options.openGate(app, vendor);
    this.#gates.set(key, gate);
    return gate;
  }

  /** Jobs that wait for their turn are let go: they come again. */
  rest(): void {
    for (const { paced } of this.#lines.values()) paced.stop();
  }

  async close(graceMs: number): Promise<void> {
    for (const gate of this.#gates.values()) gate.stop();
    const open = [...this.#lines.values()].flatMap(({ senders }) => senders);
    this.#lines.clear();
    await Promise.all([...open.map((sender) => sender.close(graceMs)), ...this.#closing]);
  }

  #open(app: AppSettings, vendor: VendorName, channel: VendorChannel): void {
    const key = keyOf(app.app, vendor);
    const settings = JSON.stringify(app.vendors[vendor]);
    const known = this.#lines.get(key);
    if (known?.settings === settings) return;
    const { credentials } = this.options;
    const tokenSender = this.options.openTokenSender(channel);
    const sender = this.options.openSender(channel);
    const gate = this.gateOf(app.app, vendor);
    const paced = this.options.openPace(app.app, vendor, app.vendors[vendor]?.targetsPerSecond ?? null);
    this.#lines.set(key, {
      app: app.app,
      vendor,
      channel,
      sender,
      gate,
      paced,
      pace: paced.under(() => gate.signal),
      allowances: this.options.allowancesOf(app.app, vendor),
      settings,
      senders: [sender, tokenSender],
      credential: () => credentials.current(channel.credential, tokenSender),
      renewedCredential: (expired) => credentials.renewed(channel.credential, tokenSender, expired),
      receiptsFor: channel.receipts === null ? noReceipts : this.options.receiptsOf(app.app, vendor),
    });
    if (known === undefined) return;
    this.#closeLater(known);
    gate.retryNow();
  }

  #drop(app: AppId, vendor: VendorName): void {
    const known = this.#lines.get(keyOf(app, vendor));
    if (known === undefined) return;
    this.#lines.delete(keyOf(app, vendor));
    // Jobs that wait behind it are closed as they come.
    known.gate.retryNow();
    this.#closeLater(known);
  }

  #closeLater({ senders, paced }: OpenLine): void {
    paced.stop();
    for (const sender of senders) {
      const closing: Promise<void> = sender
        .close(replacedGraceMs)
        .finally(() => this.#closing.delete(closing));
      this.#closing.add(closing);
    }
  }
}

const noReceipts: VendorLine['receiptsFor'] = () => ({ receiptUrl: null, receiptParam: null });

function keyOf(app: AppId, vendor: VendorName): string {
  return `${app}\n${vendor}`;
}
