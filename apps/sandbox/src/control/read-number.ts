import { badRequest } from './body.js';

/** A whole number of the query, never above the ceiling. */
export function readNumber(query: URLSearchParams, name: string, otherwise: number, ceiling: number): number {
  const text = query.get(name);
  if (text === null) return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw badRequest(`"${name}" must be a whole number`);
  return Math.min(value, ceiling);
}
