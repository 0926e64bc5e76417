import { createECDH, type ECDH } from 'node:crypto';
import type { JournalLine } from '../../journal.js';
import type { RandomSource } from '../../random-source.js';
import { serviceProfiles, type WebpushService } from './webpush.services.js';

/** What the browser and its push service know of a subscription. */
export interface WebpushSubscription {
  readonly id: string;
  readonly service: WebpushService;
  /** The VAPID key that may push, base64url; null: anybody. */
  readonly applicationServerKey: string | null;
  readonly browser: ECDH;
  readonly authSecret: Buffer;
  /** What the page gets: `JSON.stringify(subscription)`. */
  readonly token: string;
}

interface KeptSubscription {
  readonly id: string;
  readonly service: WebpushService;
  readonly applicationServerKey: string | null;
  readonly privateKey: string;
  readonly authSecret: string;
  readonly token: string;
}

const lineType = 'webpush-subscription';
const idBytes = 24;
const authBytes = 16;

/** All subscriptions, by their ids. */
export class WebpushSubscriptions {
  readonly #byId = new Map<string, WebpushSubscription>();

  constructor(
    private readonly random: RandomSource,
    private readonly keep: (line: JournalLine) => void,
  ) {}

  find(id: string): WebpushSubscription | null {
    return this.#byId.get(id) ?? null;
  }

  /** A browser subscribes: keys and secret of its own, an endpoint at its push service. */
  subscribe(
    service: WebpushService,
    applicationServerKey: string | null,
    origin: string,
  ): WebpushSubscription {
    const id = this.random.base64url(idBytes);
    const browser = createECDH('prime256v1');
    browser.generateKeys();
    const authSecret = this.random.base64url(authBytes);
    const token = JSON.stringify({
      endpoint: origin + serviceProfiles[service].path + id,
      expirationTime: null,
      keys: { p256dh: browser.getPublicKey('base64url'), auth: authSecret },
    });
    const privateKey = browser.getPrivateKey('base64url');
    const kept: KeptSubscription = { id, service, applicationServerKey, privateKey, authSecret, token };
    this.keep({ type: lineType, subscription: kept });
    return this.#add(kept);
  }

  recall(line: JournalLine): void {
    if (line.type === lineType) this.#add(line['subscription'] as KeptSubscription);
  }

  #add({ privateKey, authSecret, ...rest }: KeptSubscription): WebpushSubscription {
    const browser = createECDH('prime256v1');
    browser.setPrivateKey(privateKey, 'base64url');
    const subscription = { ...rest, browser, authSecret: Buffer.from(authSecret, 'base64url') };
    this.#byId.set(rest.id, subscription);
    return subscription;
  }
}
