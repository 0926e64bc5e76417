/** What became of a client that others wrote, unmodified, at the sandbox. */
export type ForeignReport =
  | { readonly kind: 'ok'; readonly did: string }
  | { readonly kind: 'skipped'; readonly because: string }
  | { readonly kind: 'failed'; readonly because: string };

export interface ForeignClient {
  readonly name: string;
  run(): Promise<ForeignReport>;
}

/** A report that is ok only if all that was expected was seen. */
export function reportOf(did: string, expectations: Readonly<Record<string, boolean>>): ForeignReport {
  const missed = Object.entries(expectations)
    .filter(([, isMet]) => !isMet)
    .map(([name]) => name);
  return missed.length === 0
    ? { kind: 'ok', did }
    : { kind: 'failed', because: `not seen: ${missed.join('; ')}` };
}
