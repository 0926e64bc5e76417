import type { Json } from '../read-json.js';

/** A text that is not blank; null for anything else. */
export function textIn(fields: Json, name: string): string | null {
  const value = fields[name];
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

/** A number, or its digits: some clients write ids as texts. Null for anything else. */
export function numberIn(fields: Json, name: string): number | null {
  const value = fields[name];
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : null;
}
