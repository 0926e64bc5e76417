/** What becomes of a message after its handler: the only machine that repeats anything. */
export type Disposition =
  /** Handled, also when the answer was no. */
  | { readonly kind: 'done' }
  /** Again in `afterMs` with what is unfinished: a schedule in the same stream, then done. Jobs only. */
  | { readonly kind: 'later'; readonly afterMs: number; readonly because: string }
  /** Never again: a dead letter, then the end. */
  | { readonly kind: 'park'; readonly because: string }
  /** Not acknowledged: it comes again after the consumer's ack wait. */
  | { readonly kind: 'leave'; readonly because: string }
  /** Given back at once, for whoever asks next. */
  | { readonly kind: 'handBack' };

export const done: Disposition = { kind: 'done' };
export const handBack: Disposition = { kind: 'handBack' };
export const park = (because: string): Disposition => ({ kind: 'park', because });
export const leave = (because: string): Disposition => ({ kind: 'leave', because });
export const later = (afterMs: number, because: string): Disposition => ({ kind: 'later', afterMs, because });
