import { quotaExceeded, type FcmError } from './fcm.errors.js';
import type { FcmSwitches } from './fcm.switches.js';

export interface QuotaRefusal {
  readonly error: FcmError;
  readonly retryAfterSeconds: number | null;
}

interface Bucket {
  level: number;
  filledAt: number;
}

const minuteMs = 60_000;
const hourMs = 3_600_000;
const collapsibleRefillMs = 3 * minuteMs;

/**
 * Token buckets. Project and device buckets are filled whole once per window, and the window begins with the first
 * message, not with the clock's minute; the collapsible one gets a message back every three minutes.
 */
export class FcmQuotas {
  readonly #buckets = new Map<string, Bucket>();

  constructor(private readonly switches: FcmSwitches) {}

  /** Null when the project may send one more. Refused messages are not counted. */
  takeOfProject(projectId: string, now: number): QuotaRefusal | null {
    return this.#takeWindow(
      `project ${projectId}`,
      this.switches.projectPerMinute,
      minuteMs,
      now,
      'project',
      'Messages per minute and project',
    );
  }

  takeOfDevice(token: string, isCollapsible: boolean, now: number): QuotaRefusal | null {
    return (
      this.#takeWindow(
        `minute ${token}`,
        this.switches.devicePerMinute,
        minuteMs,
        now,
        'device',
        'Messages per minute and device',
      ) ??
      this.#takeWindow(
        `hour ${token}`,
        this.switches.devicePerHour,
        hourMs,
        now,
        'device',
        'Messages per hour and device',
      ) ??
      (isCollapsible ? this.#takeCollapsible(token, now) : null)
    );
  }

  #takeWindow(
    key: string,
    limit: number,
    windowMs: number,
    now: number,
    subject: string,
    description: string,
  ): QuotaRefusal | null {
    if (limit === 0) return null;
    let bucket = this.#buckets.get(key);
    if (bucket === undefined || now >= bucket.filledAt + windowMs || now < bucket.filledAt) {
      bucket = { level: limit, filledAt: now };
      this.#buckets.set(key, bucket);
    }
    if (bucket.level < 1) return this.#refuse(bucket.filledAt + windowMs - now, subject, description);
    bucket.level--;
    return null;
  }

  #takeCollapsible(token: string, now: number): QuotaRefusal | null {
    const burst = this.switches.collapsibleBurst;
    if (burst === 0) return null;
    const key = `collapsible ${token}`;
    const bucket = this.#buckets.get(key) ?? { level: burst, filledAt: now };
    this.#buckets.set(key, bucket);
    const refills = Math.max(0, Math.floor((now - bucket.filledAt) / collapsibleRefillMs));
    bucket.level = Math.min(burst, bucket.level + refills);
    bucket.filledAt += refills * collapsibleRefillMs;
    if (bucket.level < 1)
      return this.#refuse(
        bucket.filledAt + collapsibleRefillMs - now,
        'device',
        'Collapsible messages per device',
      );
    bucket.level--;
    return null;
  }

  #refuse(waitMs: number, subject: string, description: string): QuotaRefusal {
    const retryAfterSeconds = this.switches.quotaNamesRetryAfter
      ? Math.max(1, Math.ceil(waitMs / 1_000))
      : null;
    return { error: quotaExceeded(subject, description), retryAfterSeconds };
  }
}
