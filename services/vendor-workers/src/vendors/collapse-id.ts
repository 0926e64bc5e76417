import { createHash } from 'node:crypto';

/** The collapse key as an `apns-collapse-id`: what does not fit 64 bytes, or cannot stand in a header, is named by its hash. */
export function collapseIdOf(collapse: string): string {
  if (isHeaderValue(collapse) && collapse.length <= 64) return collapse;
  return createHash('sha256').update(collapse).digest('base64url');
}

/** Visible ASCII only: what any HTTP stack carries unchanged. */
export function isHeaderValue(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}
