import { stat } from 'node:fs/promises';
import { readKeyFile } from '@reveille/chassis/env';
import type { Clock, CredentialState } from '../ports.js';
import type { Credential, CredentialAnswer, CredentialRecipe, ObtainCredential, Sender } from '../vendor.js';

export interface CredentialCacheOptions {
  readonly clock: Clock;
  /** A key file that is marked as a demo key is refused outside demo mode. */
  readonly isDemo: boolean;
}

interface Shelf {
  readonly path: string;
  readonly recipe: CredentialRecipe;
  /** What the file was when it was read: time and size. */
  version: string | null;
  obtain: ObtainCredential | null;
  fault: string | null;
  credential: Credential | null;
  generation: number;
  lookedAt: number;
  looking: Promise<void> | null;
  forcedAt: number | null;
  flight: Promise<CredentialState> | null;
  failure: { readonly until: number; readonly state: CredentialState } | null;
}

const lookEveryMs = 1_000;
const unavailableForMs = 1_000;

/**
 * Credentials by their recipe: read from their files, signed or asked for once for all who need them, renewed before they
 * end. A file that changed is read anew without a restart. Nothing of a file or a credential is ever part of a message.
 */
export class CredentialCache {
  readonly #shelves = new Map<string, Shelf>();

  constructor(private readonly options: CredentialCacheOptions) {}

  /** @param sender puts the request on the wire where the recipe asks for a token over HTTP */
  async current(recipe: CredentialRecipe, sender: Sender): Promise<CredentialState> {
    const shelf = this.#shelfOf(recipe);
    const now = this.options.clock.now();
    if (now - shelf.lookedAt >= lookEveryMs) {
      shelf.lookedAt = now;
      shelf.looking = this.#look(shelf).finally(() => {
        shelf.looking = null;
      });
    }
    // Whoever comes meanwhile must not go on with a credential that is about to be replaced.
    if (shelf.looking !== null) await shelf.looking;
    const { credential, failure } = shelf;
    if (credential !== null && now < credential.renewAt) return { kind: 'ready', credential };
    if (failure !== null && now < failure.until) return failure.state;
    shelf.flight ??= this.#obtain(shelf, sender).finally(() => {
      shelf.flight = null;
    });
    return shelf.flight;
  }

  /**
   * Another credential than the one that the vendor calls expired. Refused where that one was made for the same reason
   * only just now: then it is not its age that is wrong (a clock, as a rule), and vendors count renewals.
   */
  async renewed(recipe: CredentialRecipe, sender: Sender, expired: Credential): Promise<CredentialState> {
    const shelf = this.#shelfOf(recipe);
    if (shelf.credential?.authorization === expired.authorization) {
      const now = this.options.clock.now();
      if (shelf.forcedAt !== null && now - shelf.forcedAt < recipe.minimumRenewalMs) {
        return { kind: 'refused', cause: 'the vendor calls a fresh credential expired: is the clock right?' };
      }
      shelf.forcedAt = now;
      shelf.generation += 1;
      shelf.credential = null;
    }
    return this.current(recipe, sender);
  }

  #shelfOf(recipe: CredentialRecipe): Shelf {
    const known = this.#shelves.get(recipe.key);
    if (known !== undefined) return known;
    const shelf: Shelf = {
      path: recipe.reference.replace(/^file:(\/\/)?/, ''),
      recipe,
      version: null,
      obtain: null,
      fault: null,
      credential: null,
      generation: 0,
      lookedAt: Number.NEGATIVE_INFINITY,
      looking: null,
      forcedAt: null,
      flight: null,
      failure: null,
    };
    this.#shelves.set(recipe.key, shelf);
    return shelf;
  }

  /** Reads the file if it is another one than before. */
  async #look(shelf: Shelf): Promise<void> {
    const version = await stat(shelf.path).then(
      ({ mtimeMs, size, ino }) => `${mtimeMs}|${size}|${ino}`,
      (error: NodeJS.ErrnoException) => `missing|${error.code}`,
    );
    if (version === shelf.version) return;
    const isFirst = shelf.version === null;
    shelf.version = version;
    const file = readKeyFile(shelf.path, this.options.isDemo);
    const read =
      'fault' in file ? ({ kind: 'fault', fault: file.fault } as const) : shelf.recipe.read(file.text);
    shelf.obtain = read.kind === 'ready' ? read.obtain : null;
    shelf.fault = read.kind === 'ready' ? null : read.fault;
    shelf.credential = null;
    shelf.failure = null;
    shelf.forcedAt = null;
    if (!isFirst) shelf.generation += 1;
  }

  async #obtain(shelf: Shelf, sender: Sender): Promise<CredentialState> {
    if (shelf.obtain === null)
      return { kind: 'refused', cause: shelf.fault ?? 'the credential was not read' };
    const { version } = shelf;
    const obtained = shelf.obtain(this.options.clock.now());
    const answer: CredentialAnswer =
      obtained.kind === 'signed'
        ? { kind: 'granted', credential: obtained.credential }
        : obtained.read(
            await sender.send(obtained.request, new AbortController().signal),
            this.options.clock.now(),
          );
    if (answer.kind === 'granted') {
      const credential = { ...answer.credential, generation: shelf.generation };
      // The file may have changed while the token was on its way: then this one is nobody's any more.
      if (version === shelf.version) shelf.credential = credential;
      return { kind: 'ready', credential };
    }
    if (answer.kind === 'unavailable') {
      const forMs = Math.max(unavailableForMs, answer.retryAfterMs ?? 0);
      shelf.failure = { until: this.options.clock.now() + forMs, state: answer };
    }
    return answer;
  }
}
