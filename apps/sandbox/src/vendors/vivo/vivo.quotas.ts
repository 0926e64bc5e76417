import type { VivoSwitches } from './vivo.switches.js';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const chinaOffsetMs = 8 * hourMs;
/** The oldest is forgotten, so that a sandbox that is pushed to for hours stays small. */
const textsKept = 100_000;
const firstHour = 7;
const lastHour = 23;

/** What vivo counts, by China's day. Volumes count arrivals, not requests. */
export class VivoQuotas {
  readonly #counts = new Map<string, { turn: number; count: number }>();

  readonly #texts = new Set<string>();

  constructor(private readonly switches: VivoSwitches) {}

  /** Whether the app's volume of that class is used up. */
  isSpent(appId: number, isOperational: boolean, now: number): boolean {
    const limit = isOperational ? this.switches.operationalPerDay : this.switches.systemPerDay;
    return limit !== 0 && this.#of(volumeKey(appId, isOperational), dayOf(now)).count >= limit;
  }

  arrived(appId: number, isOperational: boolean, now: number): void {
    this.#of(volumeKey(appId, isOperational), dayOf(now)).count++;
  }

  takeOfDevice(token: string, now: number): boolean {
    return this.#take(`device ${token}`, dayOf(now), 1, this.switches.operationalPerDevicePerDay);
  }

  /** False: the device had the same operational title and content today. */
  takeText(token: string, title: string, content: string, now: number): boolean {
    const key = `${dayOf(now)} ${token}\n${title}\n${content}`;
    if (this.#texts.has(key)) return false;
    this.#texts.add(key);
    const [oldest] = this.#texts;
    if (this.#texts.size > textsKept && oldest !== undefined) this.#texts.delete(oldest);
    return true;
  }

  takeSave(appId: number, now: number): boolean {
    return this.#take(`save ${appId}`, dayOf(now), 1, this.switches.savesPerDay);
  }

  takeRate(appId: number, targets: number, now: number): boolean {
    return this.#take(`rate ${appId}`, Math.floor(now / 1_000), targets, this.switches.targetsPerSecond);
  }

  isOutsideHours(isOperational: boolean, now: number): boolean {
    if (!isOperational || !this.switches.keepsOperationalHours) return false;
    const hour = Math.floor(((now + chinaOffsetMs) % dayMs) / hourMs);
    return hour < firstHour || hour >= lastHour;
  }

  #take(key: string, turn: number, amount: number, limit: number): boolean {
    if (limit === 0) return true;
    const counter = this.#of(key, turn);
    // One that is larger than the limit may go first.
    if (counter.count > 0 && counter.count + amount > limit) return false;
    counter.count += amount;
    return true;
  }

  #of(key: string, turn: number): { turn: number; count: number } {
    const known = this.#counts.get(key);
    if (known?.turn === turn) return known;
    const fresh = { turn, count: 0 };
    this.#counts.set(key, fresh);
    return fresh;
  }
}

function volumeKey(appId: number, isOperational: boolean): string {
  return `${isOperational ? 'operational' : 'system'} ${appId}`;
}

function dayOf(now: number): number {
  return Math.floor((now + chinaOffsetMs) / dayMs);
}
