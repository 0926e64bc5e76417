import type { XiaomiSwitches } from './xiaomi.switches.js';
import type { XiaomiClass } from './xiaomi.validate.js';

const dayMs = 86_400_000;
const minuteMs = 60_000;

export interface DayCount {
  readonly quota: number;
  readonly acked: number;
}

/** What Xiaomi counts: deliveries per app, class and day; pushes per phone, class and day; requests per app and second. */
export class XiaomiQuotas {
  #day = Number.NaN;
  readonly #acked = new Map<string, number>();
  readonly #byDevice = new Map<string, number>();
  #second = Number.NaN;
  readonly #requests = new Map<string, number>();

  constructor(private readonly switches: XiaomiSwitches) {}

  /** False: one request too many in this second. */
  takeRequest(app: string, now: number): boolean {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) this.#requests.clear();
    this.#second = second;
    const count = (this.#requests.get(app) ?? 0) + 1;
    this.#requests.set(app, count);
    return this.switches.requestsPerSecond === 0 || count <= this.switches.requestsPerSecond;
  }

  /** Null: the class has no quota. */
  ofDay(app: string, kind: XiaomiClass, now: number): DayCount | null {
    this.#turn(now);
    const quota =
      kind === 'private' ? 0 : kind === 'public' ? this.switches.publicPerDay : this.switches.defaultPerDay;
    return quota === 0 ? null : { quota, acked: this.#acked.get(`${app} ${kind}`) ?? 0 };
  }

  countDelivered(app: string, kind: XiaomiClass, now: number): void {
    this.#turn(now);
    const key = `${app} ${kind}`;
    this.#acked.set(key, (this.#acked.get(key) ?? 0) + 1);
  }

  /** False: the phone has had all that the class may show it in a day. */
  takeOfDevice(app: string, kind: XiaomiClass, phoneId: string, now: number): boolean {
    this.#turn(now);
    const { publicPerDevicePerDay, defaultPerDevicePerDay } = this.switches;
    const cap = kind === 'private' ? 0 : kind === 'public' ? publicPerDevicePerDay : defaultPerDevicePerDay;
    const key = `${app} ${kind} ${phoneId}`;
    const count = this.#byDevice.get(key) ?? 0;
    if (cap !== 0 && count >= cap) return false;
    this.#byDevice.set(key, count + 1);
    return true;
  }

  #turn(now: number): void {
    const day = Math.floor((now + this.switches.dayTurnsAtMinutes * minuteMs) / dayMs);
    if (day === this.#day) return;
    this.#day = day;
    this.#acked.clear();
    this.#byDevice.clear();
  }
}
