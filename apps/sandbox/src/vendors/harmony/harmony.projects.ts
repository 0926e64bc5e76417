import { createPublicKey, type KeyObject } from 'node:crypto';

/** What AppGallery Connect knows of a project with one app. */
export interface HarmonyProjectRegistration {
  readonly projectId: string;
  /** The app's id, which revocations name. */
  readonly clientId: string;
  readonly packageName: string;
  readonly serviceAccounts: readonly HarmonyServiceAccount[];
  /** False: Push Kit is off for the project. */
  readonly isPushOn: boolean;
  readonly isUnderPenalty: boolean;
  /** Categories for which there is the right of self-classification; null = all. */
  readonly categories: readonly string[] | null;
  /** Push types that there is a right to; null = all. */
  readonly pushTypes: readonly string[] | null;
  readonly isLicensedNews: boolean;
}

export interface HarmonyServiceAccount {
  readonly subAccount: string;
  readonly keyId: string;
  /** PEM, SPKI. */
  readonly publicKey: string;
}

/** Where a project's receipts go, as the console has it. */
export interface HarmonyReceiptAddress {
  readonly projectId: string;
  /** As `receiptId` names it; null is what is used when a message names none. */
  readonly id: string | null;
  readonly url: string;
  /** Both are null where the operator set none: then nothing is signed. */
  readonly user: string | null;
  readonly key: string | null;
  /** Newer keys are Base64 of the bytes that sign, older ones are used as they are written. */
  readonly keyStyle: 'base64' | 'text';
}

interface SigningKey {
  readonly key: KeyObject;
  readonly subAccount: string;
  readonly projectId: string;
}

/** The projects and receipt addresses that Huawei knows. */
export class HarmonyProjects {
  readonly #projects = new Map<string, HarmonyProjectRegistration>();
  readonly #keys = new Map<string, SigningKey>();
  readonly #addresses = new Map<string, HarmonyReceiptAddress>();

  /** Throws when a public key is not RSA in PEM. */
  register(project: HarmonyProjectRegistration): void {
    for (const { keyId, publicKey, subAccount } of project.serviceAccounts) {
      const key = createPublicKey(publicKey);
      if (key.asymmetricKeyType !== 'rsa') throw new Error('the key of a service account is an RSA key');
      this.#keys.set(keyId, { key, subAccount, projectId: project.projectId });
    }
    this.#projects.set(project.projectId, project);
  }

  list(): HarmonyProjectRegistration[] {
    return [...this.#projects.values()];
  }

  find(projectId: string): HarmonyProjectRegistration | null {
    return this.#projects.get(projectId) ?? null;
  }

  findClient(clientId: string): HarmonyProjectRegistration | null {
    return this.list().find((project) => project.clientId === clientId) ?? null;
  }

  findKey(keyId: string): SigningKey | null {
    return this.#keys.get(keyId) ?? null;
  }

  /** A null url takes the address away. */
  setAddress(address: Omit<HarmonyReceiptAddress, 'url'> & { readonly url: string | null }): void {
    const key = `${address.projectId} ${address.id ?? ''}`;
    if (address.url === null) this.#addresses.delete(key);
    else this.#addresses.set(key, { ...address, url: address.url });
  }

  addressFor(projectId: string, receiptId: string | null): HarmonyReceiptAddress | null {
    return this.#addresses.get(`${projectId} ${receiptId ?? ''}`) ?? null;
  }
}
