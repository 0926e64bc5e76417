import type { Instant } from '@reveille/contracts/ids';
import { failed, type Heard, LineHealth } from './line-health.js';

/** A service that is out: no request goes there until then, and then a single one. */
export interface ServiceOutage {
  readonly cause: string;
  readonly untilAt: Instant;
}
interface Service {
  health: LineHealth;
  heardAt: Instant;
  outage: ServiceOutage | null;
  pauseMs: number;
  /** When the one request was let through; null: none is under way. */
  probedAt: Instant | null;
}

export const firstServicePauseMs = 5_000;
export const longestServicePauseMs = 60_000;
/** A service that nothing was heard of for so long is none that the line uses now. */
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

  /** @param changed a service is out, or (null) is not any more */
  constructor(private readonly changed: (origin: string, outage: ServiceOutage | null) => void) {}

  /** How long a request to this service has to wait; 0: it may go, and stands for all others if the service was out. */
  waitMs(origin: string, now: Instant): number {
    const service = this.#services.get(origin);
    if (service?.outage == null) return 0;
    if (now < service.outage.untilAt) return service.outage.untilAt - now;
    if (service.probedAt !== null && now - service.probedAt < probeMs) return whileProbedMs;
    service.probedAt = now;
    return 0;
  }

  /** @returns when all services that the line uses are out: what is wrong, and until when none of them is due */
  heed(heard: readonly Heard[], now: Instant): ServiceOutage | null {
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
      // Requests that were under way when it went out say nothing new.
      if (service.probedAt === null) return null;
      const failure = heard.find(({ outcome }) => failed(outcome));
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
      known.heardAt = now;
      return known;
    }
    for (const [old, { heardAt, outage }] of this.#services) {
      if (heardAt >= now - forgottenMs) continue;
      this.#services.delete(old);
      if (outage !== null) this.changed(old, null);
    }
    const health = new LineHealth();
    const service = { health, heardAt: now, outage: null, pauseMs: firstServicePauseMs, probedAt: null };
    this.#services.set(origin, service);
    return service;
  }

  #lineOutage(cause: string, now: Instant): ServiceOutage | null {
    let untilAt = Number.POSITIVE_INFINITY;
    for (const { heardAt, outage } of this.#services.values()) {
      if (heardAt < now - inUseMs) continue;
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
