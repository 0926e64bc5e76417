/** What a vendor answers. A null body is an empty one. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | null;
}

/** How an exchange may end without an answer. */
export interface Breaks {
  /** Ends this one stream with an error code; on HTTP/1.1 the connection. */
  reset(code: number): void;
  /** Ends the connection at once, with all that is in flight on it. */
  cut(): void;
  /** The connection goes silent and stays open. */
  silence(): void;
  /**
   * Announces the end of the connection and names the last stream that was processed. False: this exchange lies below
   * that stream and must still be answered. On HTTP/1.1 the connection ends unanswered.
   */
  goAway(code: number, debugData: string): boolean;
}

/** One request, whole, and the ways to deal with it. The wire below may be HTTP/1.1 or HTTP/2. */
export interface Exchange extends Breaks {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Names (lower case) of headers that came more than once. */
  readonly repeatedHeaders: readonly string[];
  readonly body: Buffer;
  readonly protocol: 'h2' | 'http/1.1';
  readonly connectionId: number;
  readonly streamId: number;
  answer(answer: Answer): void;
}

/** Keeps a hostile body from filling memory; far above every vendor's own limit. */
export const bodyCeilingBytes = 1024 * 1024;
