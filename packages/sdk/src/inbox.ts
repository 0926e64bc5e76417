import type { InboxItem } from '@reveille/contracts/ask/live';
import { backoffMs } from './backoff.js';
import { SeenMessages } from './seen-messages.js';
import type { ZIMStorage } from './storage.js';
import { chance } from './time-and-chance.js';
import type { ZIMError } from './zim-error.js';

export interface InboxPage {
  readonly items: readonly InboxItem[];
  readonly cursor: string;
  readonly more: boolean;
}

export interface InboxOptions {
  readonly storage: ZIMStorage;
  /** Where the progress of one user is kept. */
  readonly keyOf: (user: string) => string;
  readonly fetch: (cursor: string | null) => Promise<InboxPage>;
  readonly acknowledge: (messageIds: string[]) => void;
  readonly isOpen: () => boolean;
  /** Messages that the app has not had yet, oldest first. `isOffline`: out of a page. */
  readonly arrived: (items: readonly InboxItem[], isOffline: boolean) => void;
  /** What was missed cannot be fetched, and time does not cure it. */
  readonly failed: (error: ZIMError) => void;
  readonly random?: () => number;
}

/** Faults that time may cure. */
const passing: ReadonlySet<string> = new Set(['network', 'not-connected', 'unavailable', 'rate-limited']);
/** After so many live messages a page moves the cursor behind them. */
const moveAfter = 100;
/** Ids that the next run remembers: what came live behind the cursor, and what the router may still be asking about. */
const keptIds = 300;

/**
 * Where a user's messages come in. Each is acknowledged every time and handed over once: the cursor says up to where pages were
 * handed over, the last ids are remembered beside it, and the next run of the app goes on with both. After a login live
 * messages wait until what was missed before them is there; where it cannot be fetched they do not wait.
 */
export class Inbox {
  #user: string | null = null;
  #cursor: string | null = null;
  /** The last ones that were handed over, oldest first. */
  #recent: string[] = [];
  #seen = new SeenMessages();
  /** Not null while what came before is being fetched. */
  #held: InboxItem[] | null = null;
  #fetch = 0;
  #untilMove = moveAfter;

  constructor(private readonly options: InboxOptions) {}

  /** Goes on where this user was. */
  use(user: string): void {
    if (this.#user === user) return;
    this.stop();
    this.#user = user;
    const { cursor, recent } = readProgress(this.options.storage.getItem(this.options.keyOf(user)));
    this.#cursor = cursor;
    this.#recent = recent;
    this.#seen = new SeenMessages();
    for (const id of recent) this.#seen.add(id);
  }

  /** Nothing more is fetched. What is held is in the inbox of whoever it was for. */
  stop(): void {
    this.#fetch += 1;
    this.#held = null;
  }

  /** Logged in: fetches what was missed. A fetch before this one is given up. */
  async catchUp(): Promise<void> {
    this.#fetch += 1;
    const fetch = this.#fetch;
    this.#held ??= [];
    this.#untilMove = moveAfter;
    for (let failures = 0; fetch === this.#fetch; ) {
      try {
        const page = await this.options.fetch(this.#cursor);
        if (fetch !== this.#fetch) return;
        failures = 0;
        this.#turn(page);
        if (page.more) continue;
        return this.#release();
      } catch (error) {
        if (fetch !== this.#fetch) return;
        this.#release();
        // The next connection fetches again.
        if (fetch !== this.#fetch || !this.options.isOpen()) return;
        const { code, retryAfterMs } = error as ZIMError;
        if (code === 'cursor-invalid' && this.#cursor !== null) this.#cursor = null;
        else if (!passing.has(code)) return this.options.failed(error as ZIMError);
        failures += 1;
        await pause(retryAfterMs ?? backoffMs(failures, this.options.random ?? chance));
      }
    }
  }

  live(item: InboxItem): void {
    this.options.acknowledge([item.messageId]);
    if (this.#held === null) this.#handOverLive([item]);
    else this.#held.push(item);
  }

  #turn({ items, cursor }: InboxPage): void {
    if (items.length > 0) this.options.acknowledge(items.map(({ messageId }) => messageId));
    const handedOver = this.#handOver(items, true);
    if (handedOver === 0 && cursor === this.#cursor) return;
    this.#cursor = cursor;
    this.#keep();
  }

  #release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    this.#handOverLive(held);
  }

  #handOverLive(items: readonly InboxItem[]): void {
    const handedOver = this.#handOver(items, false);
    if (handedOver === 0) return;
    this.#keep();
    this.#untilMove -= handedOver;
    if (this.#untilMove <= 0 && this.options.isOpen()) void this.catchUp();
  }

  #handOver(items: readonly InboxItem[], isOffline: boolean): number {
    const fresh = items
      .filter(({ messageId }) => this.#seen.add(messageId))
      .sort((a, b) => a.position - b.position);
    if (fresh.length > 0) this.options.arrived(fresh, isOffline);
    this.#recent = [...this.#recent, ...fresh.map(({ messageId }) => messageId)].slice(-keptIds);
    return fresh.length;
  }

  #keep(): void {
    if (this.#user === null) return;
    const progress = { cursor: this.#cursor, recent: this.#recent };
    this.options.storage.setItem(this.options.keyOf(this.#user), JSON.stringify(progress));
  }
}

/** What cannot be read is begun anew: a message twice is better than one never. */
function readProgress(kept: string | null): { cursor: string | null; recent: string[] } {
  try {
    const { cursor, recent } = JSON.parse(kept ?? '{}') as { cursor?: unknown; recent?: unknown };
    return {
      cursor: typeof cursor === 'string' ? cursor : null,
      recent: Array.isArray(recent) ? recent.filter((id) => typeof id === 'string') : [],
    };
  } catch {
    return { cursor: null, recent: [] };
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
