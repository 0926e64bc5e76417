import type { SandboxClock } from '../../sandbox-clock.js';

const hourMs = 3_600_000;
const minuteMs = 60_000;

export interface VapidUse {
  readonly publicKey: string;
  readonly origin: string;
  /** How many different tokens came since the start, and within the last hour. */
  readonly tokens: number;
  readonly tokensLastHour: number;
  readonly requests: number;
}

interface Seen {
  /** When each token came first. */
  readonly firstAt: Map<string, number>;
  requests: number;
}

/** Apple asks providers not to renew a VAPID token within the hour: here it shows who does. And how often a subscription is pushed to. */
export class WebpushCounts {
  readonly #vapid = new Map<string, Seen>();
  readonly #pushes = new Map<string, { minute: number; count: number }>();

  constructor(private readonly clock: Pick<SandboxClock, 'now'>) {}

  noteToken(publicKey: string, origin: string, token: string): void {
    const key = `${publicKey} ${origin}`;
    const seen = this.#vapid.get(key) ?? { firstAt: new Map(), requests: 0 };
    seen.requests++;
    if (!seen.firstAt.has(token)) seen.firstAt.set(token, this.clock.now());
    this.#vapid.set(key, seen);
  }

  vapidUse(): VapidUse[] {
    const since = this.clock.now() - hourMs;
    return [...this.#vapid].map(([key, { firstAt, requests }]) => {
      const [publicKey = '', origin = ''] = key.split(' ');
      const tokensLastHour = [...firstAt.values()].filter((at) => at > since).length;
      return { publicKey, origin, tokens: firstAt.size, tokensLastHour, requests };
    });
  }

  /** Whether one more push in this minute is within the limit. */
  admits(subscriptionId: string, perMinute: number): boolean {
    if (perMinute === 0) return true;
    const minute = Math.floor(this.clock.now() / minuteMs);
    const known = this.#pushes.get(subscriptionId);
    const count = known?.minute === minute ? known.count + 1 : 1;
    this.#pushes.set(subscriptionId, { minute, count });
    return count <= perMinute;
  }
}
