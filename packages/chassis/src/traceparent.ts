import { randomFillSync } from 'node:crypto';

/** W3C Trace Context, version 00. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: string;
}

const form = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Null for anything that is not a valid `traceparent`. */
export function parseTraceparent(text: string | null | undefined): TraceContext | null {
  const match = form.exec(text ?? '');
  const [, traceId = '', spanId = '', flags = ''] = match ?? [];
  if (match === null || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, flags };
}

const pool = Buffer.alloc(4096);
let used = pool.length;

/** Random bytes as hex, drawn from the system many at a time. */
function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
}

/** A trace that nobody has recorded anything of yet; a span that is recorded says so in what it hands on. */
export function newTraceparent(): string {
  return `00-${randomHex(16)}-${randomHex(8)}-00`;
}

/** A new span of the same trace; a new trace where there is none. */
export function childTraceparent(parent: string | null): string {
  const context = parseTraceparent(parent);
  if (context === null) return newTraceparent();
  return `00-${context.traceId}-${randomHex(8)}-${context.flags}`;
}
