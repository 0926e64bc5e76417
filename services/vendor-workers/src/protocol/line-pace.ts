import type { Instant } from '@reveille/contracts/ids';
import { type Lane, lanes } from '@reveille/contracts/push/lane';

/** How many outcomes a second's worth of answers must hold before they say something about the line. */
const fewestAnswers = 5;
const throttledShare = 0.1;
const slower = 0.6;
const fasterPerSecond = 1.1;
const slowest = 1;
/** A pace that was only ever learned is forgotten when it is so many times what the vendor last complained about. */
const forgottenAt = 8;

/**
 * How many targets per second a line may send, now: what is set, or what the vendor's complaints have taught. A second in
 * which a tenth of the answers were throttled makes it slower by two fifths, any other one faster by a tenth.
 */
export class LinePace {
  #learned: number | null = null;
  #complainedAt = 0;
  #second = 0;
  #answers = 0;
  #throttled = 0;
  #workers = 1;
  /** Per lane, the most urgent first: what a lane spends is missing from its own and from all lesser ones. */
  readonly #tokens = lanes.map(() => 0);
  #filledAt: Instant = 0;

  /** @param limit targets per second over all workers; null: none is known */
  constructor(readonly limit: number | null) {}

  /** How many workers share the limit. */
  shareWith(workers: number): void {
    this.#workers = Math.max(1, workers);
  }

  /** Targets per second of this worker; null: as fast as they come. */
  get perSecond(): number | null {
    const share = this.limit === null ? null : this.limit / this.#workers;
    if (this.#learned === null) return share;
    return share === null ? this.#learned : Math.min(share, this.#learned);
  }

  /**
   * How long until targets of this lane may go; 0: now, and they count. A job wider than a tenth of a second's worth goes when nothing
   * is owed, and what comes after it waits the longer; but no lane ever waits for what a lesser one has spent.
   */
  waitMs(targets: number, lane: Lane, now: Instant): number {
    const { perSecond } = this;
    if (perSecond === null) return 0;
    this.#fill(perSecond, now);
    const needed = Math.min(targets, mostAtOnce(perSecond));
    const left = this.#tokens[lanes.indexOf(lane)] ?? 0;
    if (left < needed) return Math.ceil(((needed - left) / perSecond) * 1000);
    this.#add(-targets, lane);
    return 0;
  }

  /** Targets that were counted and then not sent. */
  giveBack(targets: number, lane: Lane): void {
    if (this.perSecond !== null) this.#add(targets, lane);
  }

  /** What the vendor made of some targets. */
  heed(answers: number, throttled: number, now: Instant): void {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) this.#close(second);
    this.#answers += answers;
    this.#throttled += throttled;
  }

  #add(targets: number, lane: Lane): void {
    for (let place = lanes.indexOf(lane); place < lanes.length; place += 1)
      this.#tokens[place] = (this.#tokens[place] ?? 0) + targets;
  }

  #fill(perSecond: number, now: Instant): void {
    const passed = Math.max(0, now - this.#filledAt);
    this.#filledAt = now;
    const more = (passed * perSecond) / 1000;
    for (const [place, tokens] of this.#tokens.entries())
      this.#tokens[place] = Math.min(mostAtOnce(perSecond), tokens + more);
  }

  #close(second: number): void {
    const isSpoken = this.#answers >= fewestAnswers;
    if (isSpoken && this.#throttled >= throttledShare * this.#answers) {
      const went = Math.max(this.#answers - this.#throttled, this.#answers * slower);
      this.#complainedAt = this.#learned ?? this.#answers;
      this.#learned = Math.max(slowest, Math.min(went, this.#complainedAt * slower));
    } else if (this.#learned !== null) {
      const seconds = Math.min(60, second - this.#second);
      this.#learned *= fasterPerSecond ** seconds;
      if (
        this.#learned > forgottenAt * this.#complainedAt ||
        (this.limit !== null && this.#learned >= this.limit)
      )
        this.#learned = null;
    }
    this.#second = second;
    this.#answers = 0;
    this.#throttled = 0;
  }
}

/** No burst: a tenth of a second's worth, so that it is smooth. */
function mostAtOnce(perSecond: number): number {
  return Math.max(1, perSecond / 10);
}
