import type { OppoSwitches } from './oppo.switches.js';

/** OPPO's day is China's. */
const dayMs = 86_400_000;
const chinaOffsetMs = 8 * 3_600_000;

interface Counter {
  day: number;
  count: number;
}

/** What OPPO counts: targets of an app in a second, marketing of an app and to a phone in a day. */
export class OppoQuotas {
  readonly #days = new Map<string, Counter>();
  readonly #seconds = new Map<string, Counter>();

  constructor(private readonly switches: OppoSwitches) {}

  /** False: too many targets in this second; none of them was counted. */
  takeRate(appId: string, targets: number, now: number): boolean {
    const { targetsPerSecond } = this.switches;
    if (targetsPerSecond === 0) return true;
    const counter = current(this.#seconds, appId, Math.floor(now / 1_000));
    // A batch that is larger than the rate may go first.
    if (counter.count > 0 && counter.count + targets > targetsPerSecond) return false;
    counter.count += targets;
    return true;
  }

  /** False: the app's marketing is spent for today. */
  takeOfApp(appId: string, now: number): boolean {
    return this.#takeDay(`app ${appId}`, this.switches.marketingPerDay, now);
  }

  takeOfDevice(token: string, now: number): boolean {
    return this.#takeDay(`device ${token}`, this.switches.marketingPerDevicePerDay, now);
  }

  #takeDay(key: string, limit: number, now: number): boolean {
    if (limit === 0) return true;
    const counter = current(this.#days, key, Math.floor((now + chinaOffsetMs) / dayMs));
    if (counter.count >= limit) return false;
    counter.count++;
    return true;
  }
}

function current(counters: Map<string, Counter>, key: string, turn: number): Counter {
  const known = counters.get(key);
  if (known?.day === turn) return known;
  const fresh = { day: turn, count: 0 };
  counters.set(key, fresh);
  return fresh;
}
