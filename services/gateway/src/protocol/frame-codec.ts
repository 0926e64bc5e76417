import type { RefusalCode } from '@reveille/contracts/ask/refusal';
import { isErrorNamed, isRetryable, type RefusedError } from '@reveille/contracts/errors';
import { type ClientFrame, clientFrameSchema, type ServerFrame } from '@reveille/contracts/ws/frames';

export type ReadFrame =
  | { readonly kind: 'frame'; readonly frame: ClientFrame }
  | {
      readonly kind: 'refused';
      readonly id: string | undefined;
      readonly code: RefusalCode;
      readonly message: string;
    };

const known: ReadonlySet<string> = new Set(clientFrameSchema.options.map((option) => option.shape.t.value));

/** Reads a client's text frame; what cannot be read is refused with words that say why, and with its id where it has one. */
export function readFrame(text: string): ReadFrame {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'refused', id: undefined, code: 'frame-invalid', message: 'the frame is not JSON' };
  }
  const { t, id } = fieldsOf(value);
  if (t === null)
    return {
      kind: 'refused',
      id,
      code: 'frame-invalid',
      message: 'a frame is a JSON object with a text "t"',
    };
  if (!known.has(t))
    return { kind: 'refused', id, code: 'frame-unknown', message: `there is no frame "${t.slice(0, 32)}"` };
  const parsed = clientFrameSchema.safeParse(value);
  if (parsed.success) return { kind: 'frame', frame: parsed.data };
  const faults = parsed.error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.join('.') || 'frame'}: ${message}`);
  return { kind: 'refused', id, code: 'frame-invalid', message: faults.join('; ') };
}

function fieldsOf(value: unknown): { t: string | null; id: string | undefined } {
  if (value === null || typeof value !== 'object') return { t: null, id: undefined };
  const { t, id } = value as { t?: unknown; id?: unknown };
  return {
    t: typeof t === 'string' ? t : null,
    id: typeof id === 'string' && id.length <= 64 ? id : undefined,
  };
}

export function writeFrame(frame: ServerFrame): string {
  return JSON.stringify(frame);
}

const retryAfterMs = 1_000;

/** Any error as an `error` frame: refusals as they are, faults that may pass with when to try again, bugs without their words. */
export function errorFrame(id: string | undefined, error: unknown): Extract<ServerFrame, { t: 'error' }> {
  const base = id === undefined ? { t: 'error' as const } : { t: 'error' as const, id };
  if (isErrorNamed(error, 'RefusedError')) {
    const { code, message, retryAfterMs: wait } = error as RefusedError & { retryAfterMs?: number };
    return { ...base, code: code as RefusalCode, message, retryAfterMs: wait ?? null };
  }
  if (isRetryable(error))
    return { ...base, code: 'unavailable', message: 'not now: try again', retryAfterMs };
  return { ...base, code: 'unavailable', message: 'this is our fault; it was logged', retryAfterMs: null };
}
