import type { HonorSwitches } from './honor.switches.js';

const dayMs = 86_400_000;
const chinaMs = 8 * 3_600_000;
const secondMs = 1_000;

/** What Honor counts: targets per app and second, marketing per device and day, test pushes per app and day. */
export class HonorQuotas {
  #day = 0;
  readonly #ofDay = new Map<string, number>();
  readonly #ofSecond = new Map<string, { second: number; targets: number }>();

  constructor(private readonly switches: HonorSwitches) {}

  /** False: the app's rate is used up in this second. */
  takeTargets(appId: string, targets: number, now: number): boolean {
    const most = this.switches.targetsPerSecond;
    const second = Math.floor(now / secondMs);
    const known = this.#ofSecond.get(appId);
    const taken = known?.second === second ? known.targets : 0;
    if (most > 0 && taken + targets > most) return false;
    this.#ofSecond.set(appId, { second, targets: taken + targets });
    return true;
  }

  takeTests(appId: string, count: number, now: number): boolean {
    return this.#take(`test ${appId}`, count, this.switches.testPushesPerDay, now);
  }

  takeMarketing(token: string, now: number): boolean {
    return this.#take(`marketing ${token}`, 1, this.switches.marketingPerDevicePerDay, now);
  }

  #take(key: string, count: number, most: number, now: number): boolean {
    const day = Math.floor((now + chinaMs) / dayMs);
    if (day !== this.#day) {
      this.#day = day;
      this.#ofDay.clear();
    }
    const taken = this.#ofDay.get(key) ?? 0;
    if (most > 0 && taken + count > most) return false;
    this.#ofDay.set(key, taken + count);
    return true;
  }
}
