import type { AcceptedPush, ReceiptTicket } from './push.js';

/** A notification as it lies on the lock screen. */
export interface ShownNotification {
  /** The vendor's id of the push that is shown now. */
  readonly id: string;
  readonly collapseId: string | null;
  readonly tag: string | null;
  readonly title: string | null;
  readonly body: string | null;
  readonly badge: number | null;
  /** JSON text. */
  readonly data: string;
  readonly firstShownAt: number;
  readonly shownAt: number;
  /** How often it alerted: 1 when it was never replaced. */
  readonly shownCount: number;
  readonly receipt?: ReceiptTicket;
}

/** A push that went to the app and not to the screen. */
export interface HandedPush {
  readonly id: string;
  /** JSON text. */
  readonly data: string;
  readonly at: number;
}

/** Older lines fall off, so that a phone that is pushed to for hours stays small. */
const linesKept = 5_000;

/** What a person sees, and what the app was handed. */
export class LockScreen {
  notifications: ShownNotification[] = [];
  data: HandedPush[] = [];
  calls: HandedPush[] = [];
  badge: number | null = null;
  shownTotal = 0;
  /** Every slot that has a line: most pushes come for a new one and need not search. */
  #slots = new Set<string>();

  /** Wipes the notifications away. */
  clear(): void {
    this.notifications = [];
    this.#slots.clear();
  }

  show(push: AcceptedPush, at: number): 'shown' | 'replaced' {
    this.shownTotal++;
    if (push.badge !== null) this.badge = push.badge;
    const slot = slotOf(push);
    const index =
      slot === null || !this.#slots.has(slot)
        ? -1
        : this.notifications.findLastIndex((shown) => slotOf(shown) === slot);
    if (slot !== null) this.#slots.add(slot);
    const earlier = this.notifications[index];
    const { vendorId: id, collapseId, tag, title, body, badge, data, receipt } = push;
    const shown: ShownNotification = {
      id,
      collapseId,
      tag,
      title,
      body,
      badge,
      data,
      firstShownAt: earlier?.firstShownAt ?? at,
      shownAt: at,
      shownCount: (earlier?.shownCount ?? 0) + 1,
      ...(receipt === undefined ? {} : { receipt }),
    };
    if (earlier !== undefined) this.notifications[index] = shown;
    else for (const old of append(this.notifications, shown)) this.#slots.delete(slotOf(old) ?? '');
    return earlier === undefined ? 'shown' : 'replaced';
  }

  hand(push: AcceptedPush, at: number): 'data' | 'call' {
    const handed = { id: push.vendorId, data: push.data, at };
    if (push.badge !== null) this.badge = push.badge;
    append(push.kind === 'call' ? this.calls : this.data, handed);
    return push.kind === 'call' ? 'call' : 'data';
  }
}

function slotOf({ collapseId, tag }: Pick<ShownNotification, 'collapseId' | 'tag'>): string | null {
  return collapseId ?? tag;
}

/** Gives the lines that fell off. */
function append<T>(lines: T[], line: T): T[] {
  lines.push(line);
  return lines.length > linesKept ? lines.splice(0, lines.length - linesKept) : [];
}
