import { createPublicKey, type KeyObject } from 'node:crypto';

export interface ServiceAccountRegistration {
  readonly clientEmail: string;
  readonly privateKeyId: string;
  /** PEM, SPKI. */
  readonly publicKey: string;
}

/** What exists at Google: a Firebase project and the service accounts that may send in it. */
export interface FcmProjectRegistration {
  readonly projectId: string;
  readonly projectNumber: string | null;
  readonly serviceAccounts: readonly ServiceAccountRegistration[];
  /** False: the messaging API is switched off in the project. */
  readonly isApiEnabled: boolean;
  /** Why Apple refuses the project's APNs key (`InvalidProviderToken`, …); null = it does not. */
  readonly apnsKeyRefusedFor: string | null;
}

export interface ServiceAccount {
  readonly clientEmail: string;
  readonly projectId: string;
  readonly keys: ReadonlyMap<string, KeyObject>;
}

/** The projects and service accounts that Google knows. */
export class FcmProjects {
  readonly #projects = new Map<string, FcmProjectRegistration>();
  readonly #accounts = new Map<string, ServiceAccount>();

  /** Throws when a public key is not RSA in PEM. */
  register(registration: FcmProjectRegistration): void {
    for (const { clientEmail, privateKeyId, publicKey } of registration.serviceAccounts) {
      const key = createPublicKey(publicKey);
      if (key.asymmetricKeyType !== 'rsa') throw new Error('the key of a service account is an RSA key');
      const keys = new Map(this.#accounts.get(clientEmail)?.keys).set(privateKeyId, key);
      this.#accounts.set(clientEmail, { clientEmail, projectId: registration.projectId, keys });
    }
    this.#projects.set(registration.projectId, registration);
    if (registration.projectNumber !== null) this.#projects.set(registration.projectNumber, registration);
  }

  find(idOrNumber: string): FcmProjectRegistration | null {
    return this.#projects.get(idOrNumber) ?? null;
  }

  findAccount(clientEmail: string): ServiceAccount | null {
    return this.#accounts.get(clientEmail) ?? null;
  }

  list(): FcmProjectRegistration[] {
    return [...new Set(this.#projects.values())];
  }
}
