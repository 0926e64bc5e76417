import { WindowCount } from './window-count.js';

const dayMs = 86_400_000;
const chinaMs = 8 * 3_600_000;
const secondMs = 1_000;

/** Limits of vendors that count what a device gets in a day. One of 0 is off. */
export interface DeviceQuotaLimits {
  /** Devices per second of an account; above it the answer is HTTP 503. */
  devicesPerSecond: number;
  marketingPerDevicePerDay: number;
  /** Of an app that is licensed for news. */
  newsPerDevicePerDay: number;
  pushesPerDevicePerDay: number;
  testPushesPerDay: number;
}

/** What is counted per account (an app, a project), per device and per day; a day begins at midnight in China. */
export class DeviceQuotas {
  readonly #ofDay = new WindowCount(dayMs, chinaMs);
  readonly #ofSecond = new WindowCount(secondMs);

  /** @param limits as they are at each moment */
  constructor(private readonly limits: Readonly<DeviceQuotaLimits>) {}

  /** False: the account's rate is used up in this second. */
  takeDevices(account: string, devices: number, now: number): boolean {
    return this.#ofSecond.take(account, devices, this.limits.devicesPerSecond, now);
  }

  takeTests(account: string, count: number, now: number): boolean {
    return this.#ofDay.take(`test ${account}`, count, this.limits.testPushesPerDay, now);
  }

  takeMarketing(token: string, isNews: boolean, now: number): boolean {
    const { marketingPerDevicePerDay, newsPerDevicePerDay } = this.limits;
    return this.#ofDay.take(
      `marketing ${token}`,
      1,
      isNews ? newsPerDevicePerDay : marketingPerDevicePerDay,
      now,
    );
  }

  takeDevice(token: string, now: number): boolean {
    return this.#ofDay.take(`device ${token}`, 1, this.limits.pushesPerDevicePerDay, now);
  }
}
