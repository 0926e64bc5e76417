import { readFileSync } from 'node:fs';

/** One row of a checklist: what is sent, and what the vendor's documents say comes back. */
export interface ChecklistRow {
  readonly id: string;
  readonly request: string;
  readonly documented: string;
}

/** Performs a row's request and says what came back, in the words of the checklist. */
export type Check<Bench> = (bench: Bench) => Promise<string>;
export type Checks<Bench> = Readonly<Record<string, Check<Bench>>>;

const rowForm = /^\| (\d+\.\d+\.\d+-\d+) \| (.+?) \| (.+?) \|$/;

/** The rows of a page under `docs/vendors/`, in its order. Throws when an id stands there twice. */
export function readRows(page: string): ChecklistRow[] {
  const text = readFileSync(new URL(`../../../../docs/vendors/${page}`, import.meta.url), 'utf8');
  const rows: ChecklistRow[] = [];
  for (const line of text.split('\n')) {
    const [, id, request, documented] = rowForm.exec(line) ?? [];
    if (id === undefined || request === undefined || documented === undefined) continue;
    if (rows.some((row) => row.id === id)) throw new Error(`${page} has row ${id} twice`);
    rows.push({ id, request: request.replace(/ °$/, ''), documented });
  }
  return rows;
}
