import { RefusedError } from '@reveille/contracts/errors';

/** An inbox cursor: `v1.<position>` as base64url. Opaque to clients, so that it may change. */
export function writeCursor(position: number): string {
  return btoa(`v1.${position}`).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/**
 * The position after which the next page begins; 0 without a cursor.
 * @throws RefusedError `cursor-invalid` for anything that `writeCursor` did not write.
 */
export function readCursor(cursor: string | null): number {
  if (cursor === null) return 0;
  const match = /^v1\.(0|[1-9]\d{0,15})$/.exec(decode(cursor));
  const position = Number(match?.[1]);
  if (match === null || !Number.isSafeInteger(position) || writeCursor(position) !== cursor) {
    throw new RefusedError('cursor-invalid', 'this is not a cursor that an inbox page gave');
  }
  return position;
}

function decode(cursor: string): string {
  try {
    return atob(cursor.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return '';
  }
}
