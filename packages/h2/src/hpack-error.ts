/** A header block that RFC 7541 does not allow: the connection cannot go on, since both ends must know the same table. */
export class HpackError extends Error {
  override readonly name = 'HpackError';
}
