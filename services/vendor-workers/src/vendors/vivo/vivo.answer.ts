/** vivo's answer: `{"result":0,"desc":"…"}` and what else the call gives. */
export interface VivoReply {
  readonly result: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The answer, or null where somebody else answered: a proxy's page, half a body. */
export function vivoReply(body: Uint8Array): VivoReply | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(body));
  } catch {
    // Whoever asks says what a missing answer means.
    return null;
  }
  if (!isFields(parsed)) return null;
  const result = wholeNumber(parsed['result']);
  return result === null ? null : { result, fields: parsed };
}

export function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A number, or digits as a text; else null. */
export function wholeNumber(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : null;
}

/** A text that is not empty, or a number as one; else null. */
export function wordOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}
