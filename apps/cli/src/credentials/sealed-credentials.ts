import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Bucket, openBucket } from '@reveille/bus/bucket';
import type { Bus } from '@reveille/bus/connect';
import { createSealing, keyIdOf, type Sealing } from '@reveille/chassis/sealing';
import type { AppDocument } from '@reveille/contracts/app/events';
import { sealedCredentialSchema, sealedForWorkers } from '@reveille/contracts/push/credential-records';
import { buckets } from '@reveille/contracts/streams';
import { UsageError } from '../usage-error.js';

const fileScheme = /^file:(?:\/\/)?/;
const scheme = 'sealed:';

/** A credential's text under its name. A secret. */
export interface ClearCredential {
  readonly reference: string;
  readonly text: string;
}
export interface KeptCredential {
  readonly reference: string;
  /** By the bucket's clock. */
  readonly keptAt: number;
  readonly sealingKey: string;
  readonly by: string;
}

/** The sealing keys of the workers: of a town, or of the file that is named. */
export function sealingOf({ data, sealingKeysFile }: { data: string; sealingKeysFile?: string }): Sealing {
  const file = sealingKeysFile ?? join(resolve(data), 'keys', 'sealing.keys');
  return createSealing(
    readOr(file, `there are no sealing keys in ${file}: name them with --sealing-keys-file`),
  );
}

/** The name of a credential is made of its text: the same one is kept once. */
export function readCredential(file: string): ClearCredential {
  const text = readOr(file, `there is no credential in ${file}`);
  return { reference: scheme + createHash('sha256').update(text).digest('base64url'), text };
}

/** The documents with their `file:` credentials named by what they hold, and what is to be kept for that. */
export function withSealedCredentials(documents: readonly AppDocument[]): {
  readonly documents: readonly AppDocument[];
  readonly credentials: readonly ClearCredential[];
} {
  const credentials = new Map<string, ClearCredential>();
  const sealed = documents.map((document) => {
    const vendors = Object.entries(document.vendors).map(([vendor, settings]) => {
      if (settings === undefined || !fileScheme.test(settings.credential)) return [vendor, settings];
      const found = readCredential(settings.credential.replace(fileScheme, ''));
      credentials.set(found.reference, found);
      return [vendor, { ...settings, credential: found.reference }];
    });
    return { ...document, vendors: Object.fromEntries(vendors) as AppDocument['vendors'] };
  });
  return { documents: sealed, credentials: [...credentials.values()] };
}

/** The bucket CREDENTIALS, as the operator writes it. */
export class SealedCredentials {
  readonly #bucket: Bucket;

  constructor(
    bus: Bus,
    private readonly sealing: Sealing,
  ) {
    this.#bucket = openBucket(bus, buckets.credentials.name);
  }

  /** False where it was kept before. */
  async put({ reference, text }: ClearCredential, by: string): Promise<boolean> {
    const digest = reference.slice(scheme.length);
    if ((await this.#bucket.get(digest)) !== null) return false;
    await this.#bucket.put(digest, this.#seal(digest, text, by));
    return true;
  }

  async list(): Promise<KeptCredential[]> {
    const kept: KeptCredential[] = [];
    for await (const { key, value, writtenAt } of this.#bucket.entries()) {
      const { sealed, by } = recordIn(value);
      kept.push({ reference: scheme + key, keptAt: writtenAt, sealingKey: keyIdOf(sealed), by });
    }
    return kept;
  }

  /** Seals anew what an older key has sealed; gives how many. */
  async reseal(): Promise<number> {
    let resealed = 0;
    for await (const { key, value, revision } of this.#bucket.entries()) {
      const { sealed, by } = recordIn(value);
      if (keyIdOf(sealed) === this.sealing.currentKeyId) continue;
      const text = this.sealing.open(sealed, sealedForWorkers.credential(key));
      await this.#bucket.put(key, this.#seal(key, text, by), revision);
      resealed += 1;
    }
    return resealed;
  }

  async remove(reference: string): Promise<void> {
    const digest = reference.slice(scheme.length);
    if ((await this.#bucket.get(digest)) === null) throw new UsageError(`${reference} is not kept`);
    await this.#bucket.remove(digest);
  }

  #seal(digest: string, text: string, by: string): Uint8Array {
    const sealed = this.sealing.seal(text, sealedForWorkers.credential(digest));
    return Buffer.from(JSON.stringify({ sealed, by }));
  }
}

function recordIn(value: Uint8Array): { readonly sealed: string; readonly by: string } {
  return sealedCredentialSchema.parse(JSON.parse(Buffer.from(value).toString()));
}

function readOr(file: string, fault: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(fault, { cause });
  }
}
