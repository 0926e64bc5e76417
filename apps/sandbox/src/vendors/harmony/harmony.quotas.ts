import { WindowCount } from '../window-count.js';
import type { HarmonySwitches } from './harmony.switches.js';

const dayMs = 86_400_000;
const chinaMs = 8 * 3_600_000;
const secondMs = 1_000;

/** What is counted per project, per device and per day; a day begins at midnight in China. */
export class HarmonyQuotas {
  readonly #ofDay = new WindowCount(dayMs, chinaMs);
  readonly #ofSecond = new WindowCount(secondMs);

  constructor(private readonly switches: HarmonySwitches) {}

  /** False: the project's rate is used up in this second. */
  takeDevices(projectId: string, devices: number, now: number): boolean {
    return this.#ofSecond.take(projectId, devices, this.switches.devicesPerSecond, now);
  }

  takeTests(projectId: string, count: number, now: number): boolean {
    return this.#ofDay.take(`test ${projectId}`, count, this.switches.testPushesPerDay, now);
  }

  takeMarketing(token: string, isNews: boolean, now: number): boolean {
    const { marketingPerDevicePerDay, newsPerDevicePerDay } = this.switches;
    return this.#ofDay.take(
      `marketing ${token}`,
      1,
      isNews ? newsPerDevicePerDay : marketingPerDevicePerDay,
      now,
    );
  }

  takeDevice(token: string, now: number): boolean {
    return this.#ofDay.take(`device ${token}`, 1, this.switches.pushesPerDevicePerDay, now);
  }
}
