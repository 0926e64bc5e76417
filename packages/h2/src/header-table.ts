/** RFC 7541, appendix A, from index 1. */
const named = [
  ':authority',
  ':method=GET',
  ':method=POST',
  ':path=/',
  ':path=/index.html',
  ':scheme=http',
  ':scheme=https',
  ':status=200',
  ':status=204',
  ':status=206',
  ':status=304',
  ':status=400',
  ':status=404',
  ':status=500',
  'accept-charset',
  'accept-encoding=gzip, deflate',
  'accept-language',
  'accept-ranges',
  'accept',
  'access-control-allow-origin',
  'age',
  'allow',
  'authorization',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'etag',
  'expect',
  'expires',
  'from',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-modified',
  'link',
  'location',
  'max-forwards',
  'proxy-authenticate',
  'proxy-authorization',
  'range',
  'referer',
  'refresh',
  'retry-after',
  'server',
  'set-cookie',
  'strict-transport-security',
  'transfer-encoding',
  'user-agent',
  'vary',
  'via',
  'www-authenticate',
] as const;

export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

export const staticTable: readonly HeaderField[] = named.map((entry) => {
  const at = entry.indexOf('=');
  return at === -1 ? { name: entry, value: '' } : { name: entry.slice(0, at), value: entry.slice(at + 1) };
});
export const defaultTableBytes = 4_096;
const entryOverheadBytes = 32;

/** The dynamic table of RFC 7541, 2.3.2: the newest entry has index 62. Sizes count names and values as Latin-1. */
export class HeaderTable {
  #entries: HeaderField[] = [];
  /** Entries before this one are gone. */
  #first = 0;
  /** How many were cut off before the first of `entries`. */
  #evicted = 0;
  #bytes = 0;
  #limit = defaultTableBytes;

  get limit(): number {
    return this.#limit;
  }
  /** How many entries there ever were: the newest one's number. */
  get inserted(): number {
    return this.#evicted + this.#entries.length;
  }

  /** By its index as the wire has it; null where there is none. */
  at(index: number): HeaderField | null {
    if (index <= staticTable.length) return staticTable[index - 1] ?? null;
    const place = this.#entries.length - (index - staticTable.length);
    return place < this.#first ? null : (this.#entries[place] ?? null);
  }

  /** The index of the entry with this number now; null when it was evicted. */
  indexOf(number: number): number | null {
    return number <= this.#evicted + this.#first ? null : staticTable.length + this.inserted - number + 1;
  }

  /** False for one that is larger than the whole table, which is then empty. */
  insert(field: HeaderField): boolean {
    const size = sizeOf(field);
    this.#evictTo(this.#limit - size);
    if (size > this.#limit) return false;
    this.#entries.push(field);
    this.#bytes += size;
    return true;
  }

  resize(limit: number): void {
    this.#limit = limit;
    this.#evictTo(limit);
  }

  #evictTo(bytes: number): void {
    while (this.#bytes > bytes && this.#first < this.#entries.length) {
      this.#bytes -= sizeOf(this.#entries[this.#first] as HeaderField);
      this.#first += 1;
    }
    // Cutting off now and then keeps an insertion at constant cost.
    if (this.#first > 64 && this.#first * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first);
      this.#evicted += this.#first;
      this.#first = 0;
    }
  }
}

function sizeOf({ name, value }: HeaderField): number {
  return name.length + value.length + entryOverheadBytes;
}
