import { WindowCount } from '../window-count.js';
import type { HuaweiSwitches } from './huawei.switches.js';

const dayMs = 86_400_000;
const chinaMs = 8 * 3_600_000;
const secondMs = 1_000;

/** What Huawei counts per app, per device and per day; a day begins at midnight in China. */
export class HuaweiQuotas {
  readonly #ofDay = new WindowCount(dayMs, chinaMs);
  readonly #ofSecond = new WindowCount(secondMs);

  constructor(private readonly switches: HuaweiSwitches) {}

  /** False: the app's rate is used up in this second. */
  takeDevices(appId: string, devices: number, now: number): boolean {
    return this.#ofSecond.take(appId, devices, this.switches.devicesPerSecond, now);
  }

  takeTests(appId: string, count: number, now: number): boolean {
    return this.#ofDay.take(`test ${appId}`, count, this.switches.testPushesPerDay, now);
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
