import { closeSync, mkdirSync, openSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { GrowingNumbers } from './growing-numbers.js';
import type { LedgerEntry, NewLedgerEntry } from './ledger-entry.js';

export interface LedgerQuery {
  readonly token: string | null;
  /** Only entries with a higher sequence. */
  readonly since: number;
  readonly limit: number;
}

const flushAfterMs = 5;
const flushAboveBytes = 256 * 1024;
const noToken = 0;
/** A run is parsed without a pause: it must not hold up pushes for long. */
const entriesPerRun = 1_000;

/**
 * Everything that arrived, in order. Entries are lines of a file; memory holds 12 bytes for each, so that millions fit.
 * The file is read again at the next start.
 */
export class Ledger {
  readonly #offsets = new GrowingNumbers(Float64Array);
  readonly #tokens = new GrowingNumbers(Uint32Array);
  readonly #tokenNumbers = new Map<string, number>();
  #firstSequence = 1;
  #size = 0;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();
  #fault: unknown = null;

  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
  ) {}

  static async open(path: string): Promise<Ledger> {
    mkdirSync(dirname(path), { recursive: true });
    if (!existsSync(path)) closeSync(openSync(path, 'w'));
    const ledger = new Ledger(path, await open(path, 'r+'));
    await ledger.#load();
    return ledger;
  }

  get count(): number {
    return this.#offsets.length;
  }

  /** The sequence of the newest entry. */
  get last(): number {
    return this.#firstSequence + this.count - 1;
  }

  append(entry: NewLedgerEntry): number {
    const sequence = this.last + 1;
    const line = Buffer.from(`${JSON.stringify({ sequence, ...entry })}\n`);
    this.#index(entry.token, line.length);
    this.#pending.push(line);
    this.#pendingBytes += line.length;
    if (this.#pendingBytes >= flushAboveBytes) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), flushAfterMs);
    return sequence;
  }

  /** Resolves when everything appended so far can be read; a broken disk is thrown here. */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#pending.length > 0) {
      const bytes = Buffer.concat(this.#pending);
      const at = this.#size - bytes.length;
      this.#pending = [];
      this.#pendingBytes = 0;
      this.#writing = this.#writing.then(() => this.#write(bytes, at));
    }
    await this.#writing;
  }

  async read({ token, since, limit }: LedgerQuery): Promise<LedgerEntry[]> {
    // Counted first: what comes while we wait is not written yet.
    const end = this.count;
    await this.#settle();
    const wanted = token === null ? null : this.#tokenNumbers.get(token);
    if (wanted === undefined) return [];
    const entries: LedgerEntry[] = [];
    for (let at = Math.max(0, since + 1 - this.#firstSequence); at < end && entries.length < limit; at++) {
      if (wanted === null) {
        entries.push(...(await this.#readRun(at, Math.min(end, at + limit))));
        break;
      }
      if (this.#tokens.at(at) === wanted) entries.push(...(await this.#readRun(at, at + 1)));
    }
    return entries;
  }

  /** All entries from the first to the last of this moment, run by run, without holding them. */
  async *scan(): AsyncGenerator<readonly LedgerEntry[]> {
    const end = this.count;
    await this.#settle();
    for (let at = 0; at < end; at += entriesPerRun)
      yield this.#readRun(at, Math.min(end, at + entriesPerRun));
  }

  /** Forgets all entries; sequences go on, so that an old cursor never points into new entries. */
  async clear(): Promise<void> {
    this.#firstSequence = this.last + 1;
    this.#offsets.clear();
    this.#tokens.clear();
    this.#tokenNumbers.clear();
    this.#size = 0;
    this.#pending = [];
    this.#pendingBytes = 0;
    // In the order of the writes: one that is under way must not come after it.
    const cut = this.#writing.then(() => this.file.truncate(0));
    this.#writing = cut.catch((error: unknown) => {
      this.#fault = error;
    });
    await this.#settle();
  }

  async close(): Promise<void> {
    await this.#settle();
    await this.file.close();
  }

  #index(token: string | null, bytes: number): void {
    this.#offsets.push(this.#size);
    this.#tokens.push(token === null ? noToken : this.#numberOf(token));
    this.#size += bytes;
  }

  #numberOf(token: string): number {
    const known = this.#tokenNumbers.get(token);
    if (known !== undefined) return known;
    const number = this.#tokenNumbers.size + 1;
    this.#tokenNumbers.set(token, number);
    return number;
  }

  async #settle(): Promise<void> {
    await this.flush();
    if (this.#fault !== null)
      throw new Error(`the ledger file ${this.path} cannot be written`, { cause: this.#fault });
  }

  async #write(bytes: Buffer, at: number): Promise<void> {
    try {
      await this.file.write(bytes, 0, bytes.length, at);
    } catch (error) {
      this.#fault = error;
    }
  }

  async #readRun(from: number, to: number): Promise<LedgerEntry[]> {
    if (from >= to) return [];
    const start = this.#offsets.at(from);
    const end = to < this.count ? this.#offsets.at(to) : this.#size;
    const bytes = Buffer.alloc(end - start);
    await this.file.read(bytes, 0, bytes.length, start);
    return bytes
      .toString('utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as LedgerEntry);
  }

  async #load(): Promise<void> {
    const lines = createInterface({ input: createReadStream(this.path), crlfDelay: Infinity });
    for await (const line of lines) {
      const entry = parseLine(line);
      // A line that a crash cut in half is the end of what is known.
      if (entry === null) break;
      if (this.count === 0) this.#firstSequence = entry.sequence;
      this.#index(entry.token, Buffer.byteLength(line) + 1);
    }
    await this.file.truncate(this.#size);
  }
}

function parseLine(line: string): LedgerEntry | null {
  try {
    return JSON.parse(line) as LedgerEntry;
  } catch {
    return null;
  }
}
