/** What the page's service worker makes of a message. */
export interface ShownTexts {
  readonly title: string | null;
  readonly body: string | null;
  readonly tag: string | null;
  readonly badge: number | null;
  /** JSON text. */
  readonly data: string;
}

/**
 * The page of a virtual browser: it shows `title`, `body` and `tag` of a JSON object as `showNotification` takes them, and a text
 * that is no JSON as it is. A message without texts is handed to the page alone.
 */
export function readShown(text: Buffer): ShownTexts {
  const whole = text.toString('utf8');
  const fields = objectIn(whole);
  if (fields === null)
    return { title: null, body: whole === '' ? null : whole, tag: null, badge: null, data: '{}' };
  const { badge } = fields;
  return {
    title: textIn(fields, 'title'),
    body: textIn(fields, 'body'),
    tag: textIn(fields, 'tag'),
    badge: typeof badge === 'number' ? badge : null,
    data: whole,
  };
}

function objectIn(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    // A text for people.
    return null;
  }
}

function textIn(fields: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = fields[name];
  return typeof value === 'string' && value !== '' ? value : null;
}
