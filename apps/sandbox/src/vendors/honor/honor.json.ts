import type { Json } from '../read-json.js';

/** A text that is not empty; null for anything else. */
export function textIn(parent: Json, name: string): string | null {
  const value = parent[name];
  return typeof value === 'string' && value !== '' ? value : null;
}
