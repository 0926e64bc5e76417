import { stat } from 'node:fs/promises';
import type { Bucket } from '@reveille/bus/bucket';
import { readKeyFile, readKeyText } from '@reveille/chassis/env';
import type { Sealing } from '@reveille/chassis/sealing';
import { sealedCredentialSchema, sealedForWorkers } from '@reveille/contracts/push/credential-records';

/** Where credentials are, by their references. */
export interface CredentialSource {
  /** Changes when what the reference leads to does. */
  versionOf(reference: string): Promise<string>;
  /** The credential's text, without comments. The fault quotes nothing of it. */
  read(reference: string): Promise<{ readonly text: string } | { readonly fault: string }>;
}

export interface CredentialSourceOptions {
  /** A key that is marked as a demo key is refused outside demo mode. */
  readonly isDemo: boolean;
  /** The bucket CREDENTIALS and what opens its entries; null: files alone. */
  readonly sealed: { readonly bucket: Pick<Bucket, 'get'>; readonly sealing: Pick<Sealing, 'open'> } | null;
}

const file = /^file:(?:\/\/)?/;
const sealedScheme = 'sealed:';

/** `file:` is a file of this machine, read anew when it changes; `sealed:` is an entry of the bucket, which never does. */
export function openCredentialSource({ isDemo, sealed }: CredentialSourceOptions): CredentialSource {
  const found = new Set<string>();
  const entryOf = (reference: string) => sealed?.bucket.get(reference.slice(sealedScheme.length)) ?? null;
  return {
    async versionOf(reference) {
      if (reference.startsWith(sealedScheme)) {
        if (!found.has(reference) && (await entryOf(reference)) === null) return 'missing';
        found.add(reference);
        return reference;
      }
      return stat(reference.replace(file, '')).then(
        ({ mtimeMs, size, ino }) => `${mtimeMs}|${size}|${ino}`,
        (error: NodeJS.ErrnoException) => `missing|${error.code}`,
      );
    },
    async read(reference) {
      if (!reference.startsWith(sealedScheme)) return readKeyFile(reference.replace(file, ''), isDemo);
      const entry = await entryOf(reference);
      if (entry === null || sealed === null)
        return { fault: `${reference} is not in the bucket CREDENTIALS` };
      const content = sealedCredentialSchema.safeParse(parse(entry.value));
      if (!content.success) return { fault: `${reference} is not a sealed credential` };
      try {
        const text = sealed.sealing.open(content.data.sealed, sealedForWorkers.credential(entry.key));
        return readKeyText(text, reference, isDemo);
      } catch (error) {
        return {
          fault: `${reference} does not open: ${error instanceof Error ? error.message : 'unknown fault'}`,
        };
      }
    },
  };
}

function parse(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data).toString());
  } catch {
    // Told by the caller, as anything else that is no sealed credential.
    return null;
  }
}
