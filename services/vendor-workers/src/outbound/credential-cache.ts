import { createHash } from 'node:crypto';
import type { Clock, CredentialState, Soon } from '../ports.js';
import type { CredentialSource } from './credential-source.js';
import type { AccessTokens } from './access-tokens.js';
import type { Credential, CredentialAnswer, CredentialRecipe, ObtainCredential, Sender } from '../vendor.js';

export interface CredentialCacheOptions {
  readonly clock: Clock;
  readonly source: CredentialSource;
  /** Tokens that are asked for over HTTP are had together with the other workers; null: each asks for itself. */
  readonly tokens: Pick<AccessTokens, 'obtain'> | null;
}

interface Shelf {
  readonly recipe: CredentialRecipe;
  /** What the source called it when it was read. */
  version: string | null;
  /** Names this credential and no other, also after a change of the file. */
  name: string;
  /** The authorization that the vendor called expired. */
  expired: string | null;
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
  current(recipe: CredentialRecipe, sender: Sender): Soon<CredentialState> {
    const shelf = this.#shelfOf(recipe);
    const now = this.options.clock.now();
    if (now - shelf.lookedAt >= lookEveryMs) {
      shelf.lookedAt = now;
      shelf.looking = this.#look(shelf).finally(() => {
        shelf.looking = null;
      });
    }
    // Whoever comes meanwhile must not go on with a credential that is about to be replaced.
    if (shelf.looking !== null) return shelf.looking.then(() => this.#atHand(shelf, sender, now));
    return this.#atHand(shelf, sender, now);
  }

  #atHand(shelf: Shelf, sender: Sender, now: number): Soon<CredentialState> {
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
      shelf.expired = expired.authorization;
      shelf.credential = null;
    }
    return this.current(recipe, sender);
  }

  #shelfOf(recipe: CredentialRecipe): Shelf {
    const known = this.#shelves.get(recipe.key);
    if (known !== undefined) return known;
    const shelf: Shelf = {
      recipe,
      version: null,
      name: '',
      expired: null,
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
    const { source } = this.options;
    const { reference, key } = shelf.recipe;
    const version = await source.versionOf(reference);
    if (version === shelf.version) return;
    const isFirst = shelf.version === null;
    const found = await source.read(reference);
    shelf.version = version;
    const read =
      'fault' in found ? ({ kind: 'fault', fault: found.fault } as const) : shelf.recipe.read(found.text);
    shelf.name = digestOf(`${key}\n${'text' in found ? digestOf(found.text) : ''}`);
    shelf.expired = null;
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
    const answer = await this.#newOne(shelf, shelf.obtain, sender);
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

  /** A signed one is made here; one that is asked for over HTTP is had together with the other workers. */
  #newOne(shelf: Shelf, obtain: ObtainCredential, sender: Sender): Promise<CredentialAnswer> {
    const { clock, tokens } = this.options;
    const made = obtain(clock.now());
    if (made.kind === 'signed') return Promise.resolve({ kind: 'granted', credential: made.credential });
    const ask = async (): Promise<CredentialAnswer> => {
      // It may have waited for its turn, and what it says of the time must be true.
      const question = tokens === null ? made : obtain(clock.now());
      if (question.kind === 'signed') return { kind: 'granted', credential: question.credential };
      return question.read(await sender.send(question.request, new AbortController().signal), clock.now());
    };
    return tokens === null ? ask() : tokens.obtain(shelf.name, shelf.expired, ask);
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
