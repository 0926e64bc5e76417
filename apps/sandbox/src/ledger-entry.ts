/** One request of a provider, as the vendor saw it: for one of its targets. */
export interface LedgerEntry {
  readonly sequence: number;
  /** The machine's clock, epoch milliseconds: when the request was whole. */
  readonly arrivedAt: number;
  /** The vendor's name, or that of its token endpoint. */
  readonly vendor: string;
  readonly environment: string | null;
  /** A request with many targets has an entry for each; one that reaches no target (token endpoints, saved bodies) has null. */
  readonly token: string | null;
  readonly phoneId: string | null;
  /** What the app is called at the vendor: `apns-topic`, project id, package name, … */
  readonly topic: string | null;
  /** The id under which the vendor knows the request: `apns-id` or the message name. */
  readonly vendorId: string | null;
  readonly apnsId: string | null;
  readonly collapseId: string | null;
  /** What a later push with the same one replaces on the screen: numeric ids stand as text. */
  readonly tag: string | null;
  readonly pushType: string | null;
  /** The answer's status; null when no answer left. */
  readonly status: number | null;
  readonly reason: string | null;
  readonly retryAfterSeconds: number | null;
  /** What the phone made of it: shown, replaced, data, call, stored, dropped; null when it was not processed. */
  readonly effect: string | null;
  /** The planned fault that touched it. */
  readonly fault: string | null;
  readonly traceparent: string | null;
  readonly connection: number;
  readonly stream: number;
  readonly payload: string | null;
}

export type NewLedgerEntry = Omit<LedgerEntry, 'sequence'>;
