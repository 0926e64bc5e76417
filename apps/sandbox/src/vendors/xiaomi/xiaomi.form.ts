/** A message of a request: its fields, with `extra.` taken off the extras. */
export interface XiaomiMessage {
  readonly fields: ReadonlyMap<string, string>;
  readonly extras: ReadonlyMap<string, string>;
}

/** Null where the body is not a form. */
export function readForm(contentType: string | undefined, body: string): URLSearchParams | null {
  if (!(contentType ?? '').toLowerCase().startsWith('application/x-www-form-urlencoded')) return null;
  return new URLSearchParams(body);
}

export function messageOfForm(form: URLSearchParams): XiaomiMessage {
  const fields = new Map<string, string>();
  const extras = new Map<string, string>();
  for (const [name, value] of form) {
    if (name.startsWith('extra.')) extras.set(name.slice('extra.'.length), value);
    else fields.set(name, value);
  }
  return { fields, extras };
}

/** One entry of `messages`: its extras are an object of their own. */
export function messageOfJson(value: Readonly<Record<string, unknown>>): XiaomiMessage {
  const texts = (from: object): ReadonlyMap<string, string> =>
    new Map(
      Object.entries(from).flatMap(([name, text]: [string, unknown]) =>
        typeof text === 'string' || typeof text === 'number' ? [[name, String(text)] as const] : [],
      ),
    );
  const { extra, ...fields } = value;
  return { fields: texts(fields), extras: texts(typeof extra === 'object' && extra !== null ? extra : {}) };
}

/** The comma list of registration ids, each once. */
export function idsOf(list: string | null | undefined): readonly string[] {
  const ids = (list ?? '').split(',').map((id) => id.trim());
  return [...new Set(ids.filter((id) => id !== ''))];
}
