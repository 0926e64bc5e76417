import type { AppSettings } from '@reveille/contracts/app/events';
import type { AppId, Instant } from '@reveille/contracts/ids';
import { lineRecordKeys, type TurnRecord, turnRecordSchema } from '@reveille/contracts/push/line-records';
import type { VendorName } from '@reveille/contracts/push/vendor';
import type { Clock } from '../ports.js';
import { type DayTurn, readDayTurn, renewalAfter } from '../protocol/quota.js';
import type { LineRecords } from './line-records.js';

export interface DayTurnsOptions {
  readonly records: LineRecords;
  readonly clock: Clock;
  /** Calls back once, later. */
  readonly after: (milliseconds: number, action: () => void) => { cancel(): void };
  /** Of apps that do not say. */
  readonly usual: DayTurn;
  /**
   * Moves what waits for a quota to when it renews by the turn that holds now; ends early when the signal is aborted. Rejects
   * while the log cannot be reached.
   */
  readonly moveWaiting: (
    app: AppId,
    vendor: VendorName,
    renewsAt: (at: Instant) => Instant,
    signal: AbortSignal,
  ) => Promise<unknown>;
  readonly failed: (error: unknown) => void;
}

const againMs = 5_000;
/** Another worker may have learned of a change later than we, and stopped before it moved what it had let wait by then. */
const settledMs = 3_600_000;

/**
 * When the day of each app's quotas at each vendor turns. A turn that is changed while jobs wait for it moves them: every worker
 * looks through them when it learns of the change, and one that starts looks whether that was done.
 */
export class DayTurns {
  readonly #turns = new Map<string, DayTurn>();
  /** Whose waiting jobs are to be looked through; the look itself has not begun. */
  readonly #wanted = new Set<string>();
  #looks: Promise<void> = Promise.resolve();
  readonly #listeners: (() => void)[] = [];
  readonly #timers = new Set<{ cancel(): void }>();
  readonly #stopped = new AbortController();

  constructor(private readonly options: DayTurnsOptions) {}

  of(app: AppId, vendor: VendorName): DayTurn {
    return this.#turns.get(keyOf(app, vendor)) ?? this.options.usual;
  }

  renewsAt(app: AppId, vendor: VendorName, at: Instant): Instant {
    return renewalAfter(this.of(app, vendor), at);
  }

  /** Calls back whenever a turn has changed. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Takes the turns of an app's settings over; they hold from here on. */
  configure({ app, vendors: settings }: AppSettings, vendors: readonly VendorName[]): void {
    for (const vendor of vendors) {
      const own = settings[vendor];
      if (own === undefined) continue;
      const turn = readDayTurn(own.quotaDayTurn ?? '') ?? this.options.usual;
      const known = this.#turns.get(keyOf(app, vendor));
      if (known?.afterMidnightMs === turn.afterMidnightMs) continue;
      this.#turns.set(keyOf(app, vendor), turn);
      for (const listener of this.#listeners) listener();
      if (known !== undefined || !this.#isMoved(app, vendor, turn)) this.#move(app, vendor);
    }
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    await this.#looks;
  }

  #isMoved(app: AppId, vendor: VendorName, turn: DayTurn): boolean {
    const { records, clock } = this.options;
    const record = records.get(lineRecordKeys.turn(app, vendor), turnRecordSchema);
    return (
      record !== null &&
      record.afterMidnightMs === turn.afterMidnightMs &&
      record.movedAt < clock.now() - settledMs
    );
  }

  /** One look after the other, whosever they are: each reads a whole queue. One that has not begun yet will have the latest turn. */
  #move(app: AppId, vendor: VendorName): void {
    const key = keyOf(app, vendor);
    if (this.#stopped.signal.aborted || this.#wanted.has(key)) return;
    this.#wanted.add(key);
    this.#looks = this.#looks.then(async () => {
      this.#wanted.delete(key);
      await this.#moveOnce(app, vendor).catch((error: unknown) => this.#moveAgain(app, vendor, error));
    });
  }

  #moveAgain(app: AppId, vendor: VendorName, error: unknown): void {
    this.options.failed(error);
    if (this.#stopped.signal.aborted) return;
    const timer = this.options.after(againMs, () => {
      this.#timers.delete(timer);
      this.#move(app, vendor);
    });
    this.#timers.add(timer);
  }

  async #moveOnce(app: AppId, vendor: VendorName): Promise<void> {
    const { signal } = this.#stopped;
    if (signal.aborted) return;
    const { records, clock, moveWaiting } = this.options;
    const turn = this.of(app, vendor);
    await moveWaiting(app, vendor, (at) => renewalAfter(turn, at), signal);
    // Who was stopped has not looked at all of them: another worker, or the next start, does.
    if (signal.aborted) return;
    const record: TurnRecord = { ...turn, movedAt: clock.now() };
    await records.put(lineRecordKeys.turn(app, vendor), record);
  }
}

function keyOf(app: AppId, vendor: VendorName): string {
  return `${app}\n${vendor}`;
}
