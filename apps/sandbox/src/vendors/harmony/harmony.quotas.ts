import type { HarmonySwitches } from './harmony.switches.js';

const dayMs = 86_400_000;
const chinaMs = 8 * 3_600_000;
const secondMs = 1_000;

/** What is counted per project, per device and per day; a day begins at midnight in China. */
export class HarmonyQuotas {
  #day = 0;
  readonly #ofDay = new Map<string, number>();
  readonly #ofSecond = new Map<string, { second: number; devices: number }>();

  constructor(private readonly switches: HarmonySwitches) {}

  /** False: the project's rate is used up in this second. */
  takeDevices(projectId: string, devices: number, now: number): boolean {
    const most = this.switches.devicesPerSecond;
    const second = Math.floor(now / secondMs);
    const known = this.#ofSecond.get(projectId);
    const taken = known?.second === second ? known.devices : 0;
    if (most > 0 && taken + devices > most) return false;
    this.#ofSecond.set(projectId, { second, devices: taken + devices });
    return true;
  }

  takeTests(projectId: string, count: number, now: number): boolean {
    return this.#take(`test ${projectId}`, count, this.switches.testPushesPerDay, now);
  }

  takeMarketing(token: string, isNews: boolean, now: number): boolean {
    const { marketingPerDevicePerDay, newsPerDevicePerDay } = this.switches;
    return this.#take(`marketing ${token}`, 1, isNews ? newsPerDevicePerDay : marketingPerDevicePerDay, now);
  }

  takeDevice(token: string, now: number): boolean {
    return this.#take(`device ${token}`, 1, this.switches.pushesPerDevicePerDay, now);
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
