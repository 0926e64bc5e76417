import { createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import type { ApnsEnvironment } from './apns.environment.js';

/** What a provider registered with Apple for token authentication. */
export interface ApnsKeyRegistration {
  readonly teamId: string;
  readonly keyId: string;
  /** PEM, SPKI. */
  readonly publicKey: string;
  /** Bundle ids that the key may push to; null = all of the team. */
  readonly topics: readonly string[] | null;
  /** Older keys are good for both. */
  readonly environment: ApnsEnvironment | 'both';
  /** Keys of one family may follow each other on a connection; null: all team keys are one, each topic key its own. */
  readonly family: string | null;
  readonly kind: 'team' | 'topic';
}

export interface ApnsCertificateRegistration {
  /** PEM. */
  readonly certificate: string;
  readonly topics: readonly string[];
  readonly environment: ApnsEnvironment | 'both';
}

export interface ApnsKey extends ApnsKeyRegistration {
  readonly key: KeyObject;
  readonly familyName: string;
}

/** The keys and certificates that Apple knows. `version` changes with every registration. */
export class ApnsKeys {
  readonly #keys = new Map<string, ApnsKey>();
  readonly #certificates = new Map<string, ApnsCertificateRegistration>();
  version = 0;

  /** Throws when the key is not a P-256 public key in PEM. */
  register(registration: ApnsKeyRegistration): void {
    const key = createPublicKey(registration.publicKey);
    if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('an APNs key is a P-256 key');
    const familyName = registration.family ?? (registration.kind === 'team' ? 'team' : registration.keyId);
    this.#keys.set(registration.keyId, { ...registration, key, familyName });
    this.version++;
  }

  revoke(keyId: string): boolean {
    this.version++;
    return this.#keys.delete(keyId);
  }

  registerCertificate(registration: ApnsCertificateRegistration): void {
    this.#certificates.set(new X509Certificate(registration.certificate).fingerprint256, registration);
  }

  find(keyId: string): ApnsKey | null {
    return this.#keys.get(keyId) ?? null;
  }

  findCertificate(fingerprint256: string): ApnsCertificateRegistration | null {
    return this.#certificates.get(fingerprint256) ?? null;
  }

  list(): ApnsKeyRegistration[] {
    return [...this.#keys.values()].map(
      ({ key: _key, familyName: _familyName, ...registration }) => registration,
    );
  }
}
