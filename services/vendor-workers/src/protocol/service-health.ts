import type { Instant } from '@reveille/contracts/ids';
import { failed, type Heard, LineHealth } from './line-health.js';

/** A service that is out: no request goes there until then, and then a single one. */
export interface ServiceOutage {
  readonly cause: string;
  readonly untilAt: Instant;
}
interface Service {
  health: LineHealth;
  /** When a request was last for it, or answered by it. */
  usedAt: Instant;
  outage: ServiceOutage | null;
  pauseMs: number;
  /** When the one request was let through; null: none is under way. */
  probedAt: Instant | null;
}

export const firstServicePauseMs = 5_000;
export const longestServicePauseMs = 60_000;
/** A service that is out and that nothing was for in so long is none that the line uses now; one that is well counts for longer. */
const inUseMs = 60_000;
const forgottenMs = 600_000;
/** Longer than a request takes to time out: a probe whose answer was never told is given up. */
const probeMs = 30_000;
const whileProbedMs = 2_000;

/**
 * The services that one line leads to, each out or not by itself: an outage shows as `LineHealth` says, lasts 5 s and twice as long
 * after every probe that fails, at most a minute, and ends with the first probe that is answered.
 */
export class ServiceHealth {
  readonly #services = new Map<string, Service>();
  #forgotAt = Number.NEGATIVE_INFINITY;

  /** @param changed a service is out, or (null) is not any more */
  constructor(private readonly changed: (origin: string, outage: ServiceOutage | null) => void) {}

  /** How long a request to this service has to wait; 0: it may go, and stands for all others if the service was out. */
  waitMs(origin: string, now: Instant): number {
    this.#forget(now);
    const service = this.#serviceAt(origin, now);
    if (service.outage === null) return 0;
    if (now < service.outage.untilAt) return service.outage.untilAt - now;
    if (service.probedAt !== null && now - service.probedAt < probeMs) return whileProbedMs;
    service.probedAt = now;
    return 0;
  }

  /** @returns when all services that the line uses are out: what is wrong, and until when none of them is due */
  heed(heard: readonly Heard[], now: Instant): ServiceOutage | null {
    this.#forget(now);
    let news: ServiceOutage | null = null;
    for (const [origin, of] of Map.groupBy(heard, ({ origin }) => origin)) {
      if (origin !== undefined) news = this.#heedOne(origin, of, now) ?? news;
    }
    return news === null ? null : this.#lineOutage(news.cause, now);
  }

  /** All are presumed well. */
  clear(): void {
    for (const [origin, { outage }] of this.#services) if (outage !== null) this.changed(origin, null);
    this.#services.clear();
  }

  /** @returns the service's outage where it begins or goes on by this */
  #heedOne(origin: string, heard: readonly Heard[], now: Instant): ServiceOutage | null {
    const service = this.#serviceAt(origin, now);
    if (service.outage !== null) {
      const { probedAt } = service;
      // Requests that were under way when it went out say nothing new, however late they are answered.
      const said = heard.filter(
        ({ askedAt }) => probedAt !== null && askedAt !== undefined && askedAt >= probedAt,
      );
      if (said.length === 0) return null;
      const failure = said.find(({ outcome }) => failed(outcome));
      if (failure === undefined) {
        Object.assign(service, { outage: null, probedAt: null });
        this.changed(origin, null);
        return null;
      }
      service.pauseMs = Math.min(longestServicePauseMs, service.pauseMs * 2);
      return this.#out(origin, service, wordOf(failure), now);
    }
    const trouble = service.health.heed(heard, now);
    if (trouble?.kind !== 'outage') return null;
    service.pauseMs = firstServicePauseMs;
    return this.#out(origin, service, trouble.cause, now);
  }

  #out(origin: string, service: Service, cause: string, now: Instant): ServiceOutage {
    const outage = { cause, untilAt: now + service.pauseMs };
    Object.assign(service, { outage, probedAt: null, health: new LineHealth() });
    this.changed(origin, outage);
    return outage;
  }

  #serviceAt(origin: string, now: Instant): Service {
    const known = this.#services.get(origin);
    if (known !== undefined) {
      known.usedAt = now;
      return known;
    }
    const health = new LineHealth();
    const service = { health, usedAt: now, outage: null, pauseMs: firstServicePauseMs, probedAt: null };
    this.#services.set(origin, service);
    return service;
  }

  /** Those that nothing was for in a long time are presumed well; a look at all of them once a minute. */
  #forget(now: Instant): void {
    if (now < this.#forgotAt + inUseMs) return;
    this.#forgotAt = now;
    for (const [origin, { usedAt, outage }] of this.#services) {
      if (usedAt >= now - forgottenMs) continue;
      this.#services.delete(origin);
      if (outage !== null) this.changed(origin, null);
    }
  }

  #lineOutage(cause: string, now: Instant): ServiceOutage | null {
    let untilAt = Number.POSITIVE_INFINITY;
    for (const { usedAt, outage } of this.#services.values()) {
      if (usedAt < now - (outage === null ? forgottenMs : inUseMs)) continue;
      // One that is due for its probe may be well again.
      if (outage === null || outage.untilAt <= now) return null;
      untilAt = Math.min(untilAt, outage.untilAt);
    }
    return { cause, untilAt };
  }
}

function wordOf({ outcome }: Heard): string {
  return outcome.kind === 'accepted' ? '' : outcome.vendorCode;
}
