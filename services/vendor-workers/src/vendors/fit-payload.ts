import { fitText } from './fit-text.js';

/** Texts of a notification that may be shortened. */
export interface FittingTexts {
  readonly title: string;
  readonly content: string;
}

const encoder = new TextEncoder();

/** The size of a text inside a JSON document, without its quotes. */
export function jsonBytes(text: string): number {
  return encoder.encode(JSON.stringify(text)).length - 2;
}

/**
 * Shortens content first, then title, until `measure` (the size of the whole body in bytes) is within the limit; what was
 * shortened ends in an ellipsis. Never cuts inside what a reader sees as one character (surrogates, combining marks, ZWJ
 * emoji, flags). Null when the body is too large even without both: the rest is not ours to cut.
 * `measure` must grow by exactly the JSON size of each text.
 */
export function fitPayload(
  texts: FittingTexts,
  measure: (texts: FittingTexts) => number,
  limitBytes: number,
): FittingTexts | null {
  const size = measure(texts);
  if (size <= limitBytes) return texts;
  const content = fitText(texts.content, jsonBytes(texts.content) - (size - limitBytes), jsonBytes);
  const withContent = { title: texts.title, content };
  const rest = measure(withContent);
  if (rest <= limitBytes) return withContent;
  const title = fitText(texts.title, jsonBytes(texts.title) - (rest - limitBytes), jsonBytes);
  const withBoth = { title, content };
  return measure(withBoth) <= limitBytes ? withBoth : null;
}
