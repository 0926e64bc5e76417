export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object under a name; an empty one where there is none. */
export function childOf(parent: Json, name: string): Json {
  const child = parent[name];
  return isObject(child) ? child : {};
}

export function textIn(parent: Json, name: string): string | null {
  const value = parent[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

export function parseObject(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    // Not JSON: the caller refuses it.
    return null;
  }
}
