/** The trace of a W3C `traceparent`; null for none, and for what is not one. */
export function traceIdOf(traceparent: string | null): string | null {
  return /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-/.exec(traceparent ?? '')?.[1] ?? null;
}
