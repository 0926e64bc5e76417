import { createHash, timingSafeEqual } from 'node:crypto';

/** What Honor knows of an app. Three credentials: the app's id is neither the client's id nor the secret. */
export interface HonorAppRegistration {
  readonly appId: string;
  readonly clientId: string;
  /** SHA-256 of the client's secret, hex. */
  readonly secretDigest: string;
  readonly isPushOn: boolean;
  /** The right to say of its own messages that they are no marketing. */
  readonly mayClassify: boolean;
}

export function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** The apps, and where each wants its receipts. */
export class HonorApps {
  readonly #byId = new Map<string, HonorAppRegistration>();
  readonly #receiptUrls = new Map<string, string>();

  register(app: HonorAppRegistration): void {
    this.#byId.set(app.appId, app);
  }

  find(appId: string): HonorAppRegistration | null {
    return this.#byId.get(appId) ?? null;
  }

  /** The app whose client this is, if the secret is right. */
  authenticate(clientId: string, secret: string): HonorAppRegistration | null {
    const app = [...this.#byId.values()].find((each) => each.clientId === clientId);
    if (app === undefined) return null;
    const isRight = timingSafeEqual(Buffer.from(app.secretDigest), Buffer.from(digestOf(secret)));
    return isRight ? app : null;
  }

  setReceiptUrl(appId: string, url: string | null): void {
    if (url === null) this.#receiptUrls.delete(appId);
    else this.#receiptUrls.set(appId, url);
  }

  receiptUrl(appId: string): string | null {
    return this.#receiptUrls.get(appId) ?? null;
  }
}
