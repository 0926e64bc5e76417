const ellipsis = '…';
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** A text's length as Java and JavaScript count it, which is never less than its number of characters. */
export function utf16Units(text: string): number {
  return text.length;
}

/**
 * The text, or the longest beginning of it that, with an ellipsis, is within the limit; may be empty. Never cuts inside what
 * a reader sees as one character (surrogates, combining marks, ZWJ emoji, flags).
 * @param sizeOf in the vendor's unit; the size of a text is the sum of the sizes of its characters
 */
export function fitText(text: string, limit: number, sizeOf: (text: string) => number): string {
  if (sizeOf(text) <= limit) return text;
  let left = limit - sizeOf(ellipsis);
  let end = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    left -= sizeOf(segment);
    if (left < 0) break;
    end = index + segment.length;
  }
  return end === 0 ? '' : text.slice(0, end).trimEnd() + ellipsis;
}
