import type { StoredMessage } from '@reveille/bus/codec';
import type { Bus } from '@reveille/bus/connect';
import { UnavailableError } from '@reveille/contracts/errors';

export interface FollowedStream {
  readonly stream: string;
  /** Under which its messages are published. */
  readonly subject: string;
}

export interface Follower {
  /** Resolves when everything up to this position has been applied. */
  reach(position: number): Promise<void>;
  stop(): void;
}

/** What keeps the view. */
export interface FollowedView {
  apply(message: StoredMessage): void;
  /** The stream begins anew: forget everything. */
  reset(): void;
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
export async function followStream(
  bus: Bus,
  followed: FollowedStream,
  view: FollowedView,
): Promise<Follower> {
  const follower = new StreamFollower(bus, followed, view);
  await follower.start();
  return follower;
}

class StreamFollower implements Follower {
  #applied = 0;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #isStopped = false;
  #lostAt: number | null = null;
  readonly #timers = new Set<NodeJS.Timeout>();
  #stops: (() => void)[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly followed: FollowedStream,
    private readonly view: FollowedView,
  ) {}

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
      await this.#readOn();
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  async reach(position: number): Promise<void> {
    while (this.#applied < position) {
      if (this.#isStopped) throw new UnavailableError(`${this.followed.stream} is not followed any more`);
      await this.#readOn();
    }
  }

  stop(): void {
    this.#isStopped = true;
    for (const stop of this.#stops) stop();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #ring(): void {
    this.#look();
    if (this.#timers.size > 0) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#look();
    }, secondLookMs);
    this.#timers.add(timer);
  }

  #onConnected(): void {
    const goneForMs = this.bus.clock.now() - (this.#lostAt ?? this.bus.clock.now());
    this.#lostAt = null;
    if (goneForMs > longestGapMs) this.#forget();
    this.#look();
  }

  #look(): void {
    if (this.#isStopped || !this.bus.isConnected()) return;
    this.#readOn().catch((error: unknown) => {
      this.bus.logger.warn('a stream could not be read on', { stream: this.followed.stream, error });
    });
  }

  /** One read at a time. Who comes while one is on its way waits for the next: the present one may end before their message. */
  #readOn(): Promise<void> {
    if (this.#running === null) return this.#launch();
    const launchNext = () => {
      this.#next = null;
      return this.#launch();
    };
    this.#next ??= this.#running.then(launchNext, launchNext);
    return this.#next;
  }

  #launch(): Promise<void> {
    const running = this.#read().finally(() => {
      this.#running = null;
    });
    this.#running = running;
    return running;
  }

  async #read(): Promise<void> {
    const { stream } = this.followed;
    const tail = await this.bus.streamTail(stream);
    if (tail < this.#applied) this.#forget();
    if (tail === this.#applied) return;
    const range = { startSequence: this.#applied + 1, subjects: [], untilSequence: tail };
    for await (const message of this.bus.scan(stream, range)) {
      this.view.apply(message);
      this.#applied = message.sequence;
    }
    this.#applied = tail;
  }

  #forget(): void {
    this.#applied = 0;
    this.view.reset();
  }
}
