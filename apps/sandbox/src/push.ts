/** A push that a vendor accepted, in the phone's words. */
export interface AcceptedPush {
  readonly vendorId: string;
  /** notification: the system shows it; data: handed to the app in silence; call: the app is woken to ring. */
  readonly kind: 'notification' | 'data' | 'call';
  readonly collapseId: string | null;
  readonly tag: string | null;
  readonly title: string | null;
  readonly body: string | null;
  readonly badge: number | null;
  /** JSON text: parsed when somebody looks, so that a million pushes stay small. */
  readonly data: string;
  /** Epoch milliseconds after which it is not delivered; 0 = now or never; null = the vendor keeps it as long as it can. */
  readonly expiresAt: number | null;
  /** Under which key the vendor stores it while the phone is away; null = beside the others. */
  readonly storageKey: string | null;
  /** Whom the vendor tells what became of it; left out where nobody asked. */
  readonly receipt?: ReceiptTicket;
}

/** What a vendor remembers of a push for its receipts. */
export interface ReceiptTicket {
  readonly url: string;
  readonly token: string;
  /** What the provider wants back. */
  readonly param: string | null;
  /** The vendor's own. */
  readonly more: Readonly<Record<string, string>>;
}

/** What became of an accepted push. */
export type PushEffect = 'shown' | 'replaced' | 'data' | 'call' | 'stored' | 'dropped';

export interface LostPush {
  readonly push: AcceptedPush;
  /** In the vendor's sense: `superseded`, `too-many-stored`, … */
  readonly because: string;
}

/** How a vendor keeps pushes for an app whose phone is away. */
export interface PushStorage {
  /** Keeps it, and says what had to make room. */
  store(push: AcceptedPush): LostPush[];
  /** Hands everything out and forgets it. `hasOverflowed` = the app must be told that pushes are lost. */
  takeAll(): { pushes: AcceptedPush[]; hasOverflowed: boolean };
  readonly count: number;
}
