import { createPublicKey, type KeyObject } from 'node:crypto';

/** What AppGallery Connect knows of an app. */
export interface HuaweiAppRegistration {
  /** Also the client id of OAuth. */
  readonly appId: string;
  readonly projectId: string;
  readonly packageName: string;
  /** SHA-256 of the client secret, hex. */
  readonly secretDigest: string;
  readonly serviceAccounts: readonly HuaweiServiceAccount[];
  /** False: Push Kit is off for the app. */
  readonly isPushOn: boolean;
  readonly isUnderPenalty: boolean;
  /** Categories for which the app has the right of self-classification; null = all. */
  readonly categories: readonly string[] | null;
  /** High urgency for data messages. */
  readonly mayUseHighData: boolean;
  readonly isLicensedNews: boolean;
}

export interface HuaweiServiceAccount {
  readonly subAccount: string;
  readonly keyId: string;
  /** PEM, SPKI. */
  readonly publicKey: string;
}

/** Where Huawei sends an app's receipts, as the console has it. */
export interface HuaweiReceiptAddress {
  readonly appId: string;
  /** As `receipt_id` names it; null is what is used when a message names none. */
  readonly id: string | null;
  readonly url: string;
  /** Both are null where the operator set none: then nothing is signed. */
  readonly user: string | null;
  readonly key: string | null;
  /** Newer keys are Base64 of the bytes that sign, older ones are used as they are written. */
  readonly keyStyle: 'base64' | 'text';
  /** The shape of the body. */
  readonly version: 1 | 2;
}

interface SigningKey {
  readonly key: KeyObject;
  readonly subAccount: string;
  readonly projectId: string;
}

/** The apps, projects and receipt addresses that Huawei knows. */
export class HuaweiApps {
  readonly #apps = new Map<string, HuaweiAppRegistration>();
  readonly #keys = new Map<string, SigningKey>();
  readonly #addresses = new Map<string, HuaweiReceiptAddress>();

  /** Throws when a public key is not RSA in PEM. */
  register(app: HuaweiAppRegistration): void {
    for (const { keyId, publicKey, subAccount } of app.serviceAccounts) {
      const key = createPublicKey(publicKey);
      if (key.asymmetricKeyType !== 'rsa') throw new Error('the key of a service account is an RSA key');
      this.#keys.set(keyId, { key, subAccount, projectId: app.projectId });
    }
    this.#apps.set(app.appId, app);
  }

  list(): HuaweiAppRegistration[] {
    return [...this.#apps.values()];
  }

  find(appId: string): HuaweiAppRegistration | null {
    return this.#apps.get(appId) ?? null;
  }

  ofProject(projectId: string): HuaweiAppRegistration[] {
    return this.list().filter((app) => app.projectId === projectId);
  }

  findKey(keyId: string): SigningKey | null {
    return this.#keys.get(keyId) ?? null;
  }

  /** A null url takes the address away. */
  setAddress(address: Omit<HuaweiReceiptAddress, 'url'> & { readonly url: string | null }): void {
    const key = `${address.appId} ${address.id ?? ''}`;
    if (address.url === null) this.#addresses.delete(key);
    else this.#addresses.set(key, { ...address, url: address.url });
  }

  addressFor(appId: string, receiptId: string | null): HuaweiReceiptAddress | null {
    return this.#addresses.get(`${appId} ${receiptId ?? ''}`) ?? null;
  }
}
