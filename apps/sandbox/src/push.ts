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
}

/** What became of an accepted push. */
export type PushEffect = 'shown' | 'replaced' | 'data' | 'call' | 'stored' | 'dropped';

export interface LostPush {
  readonly push: AcceptedPush;
  readonly because: 'superseded' | 'expired' | 'too-many-collapse-keys' | 'too-many-stored';
}

/** How a vendor keeps pushes for an app whose phone is away. */
export interface PushStorage {
  /** Keeps it, and says what had to make room. */
  store(push: AcceptedPush): LostPush[];
  /** Hands everything out and forgets it. `hasOverflowed` = the app must be told that pushes are lost. */
  takeAll(): { pushes: AcceptedPush[]; hasOverflowed: boolean };
  readonly count: number;
}
