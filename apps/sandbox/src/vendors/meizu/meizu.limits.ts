import type { MeizuSwitches } from './meizu.switches.js';

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** Counts what Meizu limits: requests per app and second, messages per phone and minute, public ones per phone or app and day. */
export class MeizuLimits {
  readonly #counts = new Map<string, number>();
  #window = '';

  constructor(private readonly switches: MeizuSwitches) {}

  takeRequest(appId: string, now: number): boolean {
    return this.#take(`second ${Math.floor(now / 1000)} ${appId}`, this.switches.requestsPerSecond, now);
  }

  takeOfMinute(phoneId: string, now: number): boolean {
    const key = `minute ${Math.floor(now / minuteMs)} ${phoneId}`;
    return this.#take(key, this.switches.foldsAbovePerMinute, now);
  }

  takePublicOfDevice(phoneId: string, now: number): boolean {
    return this.#take(`day ${this.#day(now)} ${phoneId}`, this.switches.publicPerDevicePerDay, now);
  }

  takePublicOfApp(appId: string, now: number): boolean {
    return this.#take(`day ${this.#day(now)} app ${appId}`, this.switches.publicPerDay, now);
  }

  #take(key: string, most: number, now: number): boolean {
    this.#forget(now);
    const count = (this.#counts.get(key) ?? 0) + 1;
    if (most !== 0 && count > most) return false;
    this.#counts.set(key, count);
    return true;
  }

  #day(now: number): number {
    return Math.floor((now + this.switches.dayTurnsAtMinutes * minuteMs) / dayMs);
  }

  /** What an earlier minute or second counted is over; a day's counts stay until it turns. */
  #forget(now: number): void {
    const window = `${Math.floor(now / minuteMs)} ${this.#day(now)}`;
    if (window === this.#window) return;
    this.#window = window;
    const day = `day ${this.#day(now)} `;
    for (const key of this.#counts.keys()) if (!key.startsWith(day)) this.#counts.delete(key);
  }
}
