import { createWriteStream, existsSync, mkdirSync, readFileSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';

/** Something that must still be known after a restart. */
export type JournalLine = { readonly type: string } & Readonly<Record<string, unknown>>;

/** Registrations (phones, tokens, keys, projects), one JSON line each, appended and read again at the next start. */
export class Journal {
  readonly #stream: WriteStream | null;

  /** A null path keeps nothing. */
  constructor(private readonly path: string | null) {
    if (path !== null) mkdirSync(dirname(path), { recursive: true });
    this.#stream = path === null ? null : createWriteStream(path, { flags: 'a' });
  }

  write(line: JournalLine): void {
    this.#stream?.write(`${JSON.stringify(line)}\n`);
  }

  /** The lines of earlier runs; a last line that a crash cut in half is left out. */
  read(): JournalLine[] {
    if (this.path === null || !existsSync(this.path)) return [];
    const lines: JournalLine[] = [];
    for (const text of readFileSync(this.path, 'utf8').split('\n')) {
      if (text === '') continue;
      try {
        lines.push(JSON.parse(text) as JournalLine);
      } catch {
        break;
      }
    }
    return lines;
  }

  async close(): Promise<void> {
    const stream = this.#stream;
    if (stream !== null) await new Promise<void>((resolve) => stream.end(() => resolve()));
  }
}
