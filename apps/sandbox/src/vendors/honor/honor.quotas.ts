import { WindowCount } from '../window-count.js';
import type { HonorSwitches } from './honor.switches.js';

const dayMs = 86_400_000;
const chinaMs = 8 * 3_600_000;
const secondMs = 1_000;

/** What Honor counts: targets per app and second, marketing per device and day, test pushes per app and day. */
export class HonorQuotas {
  readonly #ofDay = new WindowCount(dayMs, chinaMs);
  readonly #ofSecond = new WindowCount(secondMs);

  constructor(private readonly switches: HonorSwitches) {}

  /** False: the app's rate is used up in this second. */
  takeTargets(appId: string, targets: number, now: number): boolean {
    return this.#ofSecond.take(appId, targets, this.switches.targetsPerSecond, now);
  }

  takeTests(appId: string, count: number, now: number): boolean {
    return this.#ofDay.take(`test ${appId}`, count, this.switches.testPushesPerDay, now);
  }

  takeMarketing(token: string, now: number): boolean {
    return this.#ofDay.take(`marketing ${token}`, 1, this.switches.marketingPerDevicePerDay, now);
  }
}
