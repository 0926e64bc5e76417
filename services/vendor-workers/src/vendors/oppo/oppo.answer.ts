/** OPPO's envelope: `{"code":0,"message":"","data":…}`. */
export interface OppoReply {
  readonly code: number;
  readonly message: string;
  /** An object or an array, also where OPPO wrote it as a JSON text. */
  readonly data: unknown;
}

/** The envelope, or null where somebody else answered: a proxy's page, half a body. */
export function oppoReply(body: Uint8Array): OppoReply | null {
  const parsed = parse(new TextDecoder().decode(body));
  if (!isRecord(parsed)) return null;
  const code = integerOf(parsed['code']);
  if (code === null) return null;
  const { data } = parsed;
  return {
    code,
    message: typeof parsed['message'] === 'string' ? parsed['message'] : '',
    data: typeof data === 'string' ? parse(data) : data,
  };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A number, or a text of digits, as a number; else null. */
export function integerOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : null;
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whoever asks says what a missing envelope means.
    return null;
  }
}
