import type { Bus } from './connect.js';
import { UnavailableError } from '@reveille/contracts/errors';
import { StreamCursor, type StreamView } from './stream-cursor.js';

export interface FollowedStream {
  readonly stream: string;
  /** Under which its messages are published. */
  readonly subject: string;
  /** At the start only the newest message of each subject counts: the stream may keep any number of older ones. */
  readonly newestOnly?: boolean;
}

export interface Follower {
  /** Resolves when everything up to this position has been applied. */
  reach(position: number): Promise<void>;
  stop(): void;
}

/** How long after a published message the stream is read again: it may be heard before it is stored. */
const secondLookMs = 100;
/** A message that was not heard is found after this long. */
const lookAnywayMs = 5_000;
/** Longer than this without a connection, and markers of what was removed may be gone. */
const longestGapMs = 600_000;

/**
 * Keeps a view of a small stream in memory. Published messages only ring the bell: what is applied is read from the stream
 * in its order, so nothing is missed, doubled or out of order, also after a reconnect. Resolves when the view holds
 * what the stream held at the call.
 */
export async function followStream(bus: Bus, followed: FollowedStream, view: StreamView): Promise<Follower> {
  const follower = new StreamFollower(bus, followed, view);
  await follower.start();
  return follower;
}

class StreamFollower implements Follower {
  readonly #cursor: StreamCursor;
  #isStopped = false;
  #lostAt: number | null = null;
  #secondLook: NodeJS.Timeout | null = null;
  #stops: (() => void)[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly followed: FollowedStream,
    view: StreamView,
  ) {
    const newestOf = followed.newestOnly === true ? followed.subject : null;
    this.#cursor = new StreamCursor(bus, { stream: followed.stream, longestGap: null, newestOf }, view);
  }

  async start(): Promise<void> {
    const subscription = this.bus.nc.subscribe(this.followed.subject, { callback: () => this.#ring() });
    const unlisten = this.bus.listen({
      disconnected: () => {
        this.#lostAt ??= this.bus.clock.now();
      },
      connected: () => this.#onConnected(),
    });
    const periodic = setInterval(() => this.#look(), lookAnywayMs);
    this.#stops = [() => subscription.unsubscribe(), unlisten, () => clearInterval(periodic)];
    try {
      await this.bus.nc.flush();
      await this.#cursor.readOn();
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  async reach(position: number): Promise<void> {
    while (this.#cursor.position < position) {
      if (this.#isStopped) throw new UnavailableError(`${this.followed.stream} is not followed any more`);
      await this.#cursor.readOn();
    }
  }

  stop(): void {
    this.#isStopped = true;
    for (const stop of this.#stops) stop();
    if (this.#secondLook !== null) clearTimeout(this.#secondLook);
  }

  #ring(): void {
    this.#look();
    this.#secondLook ??= setTimeout(() => {
      this.#secondLook = null;
      this.#look();
    }, secondLookMs);
  }

  #onConnected(): void {
    const goneForMs = this.bus.clock.now() - (this.#lostAt ?? this.bus.clock.now());
    this.#lostAt = null;
    if (goneForMs > longestGapMs) this.#cursor.rewind();
    this.#look();
  }

  #look(): void {
    if (this.#isStopped || !this.bus.isConnected()) return;
    this.#cursor.readOn().catch((error: unknown) => {
      this.bus.logger.warn('a stream could not be read on', { stream: this.followed.stream, error });
    });
  }
}
