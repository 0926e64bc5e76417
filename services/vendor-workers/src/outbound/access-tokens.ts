import type { Bucket, BucketEntry } from '@reveille/bus/bucket';
import type { Sealing } from '@reveille/chassis/sealing';
import { isErrorNamed } from '@reveille/contracts/errors';
import {
  type AccessTokenRecord,
  accessTokenRecordSchema,
  sealedForWorkers,
} from '@reveille/contracts/push/credential-records';
import type { Clock } from '../ports.js';
import type { CredentialAnswer, FreshCredential } from '../vendor.js';

export interface AccessTokensOptions {
  readonly bucket: Pick<Bucket, 'get' | 'put'>;
  readonly sealing: Pick<Sealing, 'seal' | 'open'>;
  readonly clock: Clock;
  readonly pause: (milliseconds: number) => Promise<void>;
  /** The name of this worker. */
  readonly instance: string;
}

/** Longer than a token endpoint may take to answer: a worker that died while it asked holds nobody up for longer. */
const leaseMs = 15_000;
const lookAgainMs = 100;
/** How long a token that is being replaced is taken for good before it is looked at again. */
const meanwhileMs = 1_000;
const nothing: AccessTokenRecord = { token: null, by: '', leasedUntil: null };

interface Kept {
  readonly record: AccessTokenRecord;
  readonly revision: number;
}

/**
 * One access token per credential for all workers. Whoever finds none, or one that is to be replaced, takes a lease and asks; the
 * others wait for the answer, or go on with the old token as long as it is good. Vendors count how often they are asked.
 */
export class AccessTokens {
  constructor(private readonly options: AccessTokensOptions) {}

  /**
   * @param key equal for equal credentials alone
   * @param expired the one that the vendor calls expired: it is not taken for good, whatever was thought of it
   */
  async obtain(
    key: string,
    expired: string | null,
    ask: () => Promise<CredentialAnswer>,
  ): Promise<CredentialAnswer> {
    const { clock, instance, pause } = this.options;
    for (;;) {
      const kept = await this.#read(key);
      const { token, by, leasedUntil } = kept.record;
      const now = clock.now();
      const known = token === null ? null : this.#open(key, token);
      const isGood = known !== null && known.authorization !== expired;
      if (isGood && now < known.renewAt) return { kind: 'granted', credential: known };
      if (leasedUntil !== null && by !== instance && now < leasedUntil) {
        if (isGood) return { kind: 'granted', credential: { ...known, renewAt: now + meanwhileMs } };
        await pause(lookAgainMs);
        continue;
      }
      const taken: AccessTokenRecord = { token, by: instance, leasedUntil: now + leaseMs };
      const revision = await this.#write(key, taken, kept.revision);
      if (revision === null) continue;
      const answer = await this.#ask(key, { record: taken, revision }, ask);
      // Renewed early: what is at hand is good until the vendor says otherwise, and then it is `expired`.
      if (answer.kind !== 'unavailable' || !isGood) return answer;
      const again = clock.now() + Math.max(meanwhileMs, answer.retryAfterMs ?? 0);
      return { kind: 'granted', credential: { ...known, renewAt: again } };
    }
  }

  async #ask(
    key: string,
    { record, revision }: Kept,
    ask: () => Promise<CredentialAnswer>,
  ): Promise<CredentialAnswer> {
    let answer: CredentialAnswer | null = null;
    try {
      answer = await ask();
      return answer;
    } finally {
      const token = answer?.kind === 'granted' ? this.#seal(key, answer.credential) : record.token;
      // If the lease has run out meanwhile, somebody else's word stands: both tokens are good.
      await this.#write(key, { token, by: record.by, leasedUntil: null }, revision);
    }
  }

  async #read(key: string): Promise<Kept> {
    const entry = await this.options.bucket.get(key);
    return entry === null
      ? { record: nothing, revision: 0 }
      : { record: recordIn(entry), revision: entry.revision };
  }

  /** Null where somebody else has written meanwhile. */
  async #write(key: string, record: AccessTokenRecord, expectedRevision: number): Promise<number | null> {
    try {
      return await this.options.bucket.put(key, Buffer.from(JSON.stringify(record)), expectedRevision);
    } catch (error) {
      if (isErrorNamed(error, 'ConflictError')) return null;
      throw error;
    }
  }

  #seal(key: string, { authorization, renewAt }: FreshCredential): AccessTokenRecord['token'] {
    return { sealed: this.options.sealing.seal(authorization, sealedForWorkers.accessToken(key)), renewAt };
  }

  /** Null for one that was sealed with a key which is not live here: a new one is asked for. */
  #open(key: string, { sealed, renewAt }: NonNullable<AccessTokenRecord['token']>): FreshCredential | null {
    try {
      return { authorization: this.options.sealing.open(sealed, sealedForWorkers.accessToken(key)), renewAt };
    } catch {
      return null;
    }
  }
}

function recordIn({ value }: BucketEntry): AccessTokenRecord {
  try {
    return accessTokenRecordSchema.safeParse(JSON.parse(Buffer.from(value).toString())).data ?? nothing;
  } catch {
    // What cannot be read is written anew.
    return nothing;
  }
}
