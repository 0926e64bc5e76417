import { readFileSync } from 'node:fs';
import type { DocumentFault } from '@reveille/contracts/app/document-fault';
import type { AppDocument } from '@reveille/contracts/app/events';
import { readApps } from '@reveille/contracts/app/read-apps';
import { ConfigError } from '@reveille/contracts/errors';
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';

type Path = DocumentFault['path'];

/** Further faults of what the file holds, whether it fits the schema or not: of files, for instance, that only the reader can see. */
export type AppsCheck = (document: unknown) => readonly DocumentFault[];

/**
 * The apps that the file declares, defaults filled in.
 * @throws ConfigError that lists every fault with its place, `file:line:column: field: fault`, in the order of the file.
 */
export function readAppsFile(path: string, check?: AppsCheck): AppDocument[] {
  return parseApps(readText(path), path, check);
}

export function parseApps(text: string, name: string, check: AppsCheck = () => []): AppDocument[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const syntax = document.errors.map(({ message, pos }) => ({
    offset: pos[0],
    words:
      message
        .split('\n')[0]
        ?.replace(/ at line \d+.*$/, '')
        .trim() ?? '',
  }));
  // A key that stands twice leaves the rest readable; after any other error it is guesswork.
  const isReadable = document.errors.every(({ code }) => code === 'DUPLICATE_KEY');
  const value: unknown = isReadable ? document.toJS({ maxAliasCount: 100 }) : null;
  const read = isReadable ? readApps(value) : { faults: [] };
  const more = [...('faults' in read ? read.faults : []), ...(isReadable ? check(value) : [])];
  const found = [
    ...syntax,
    ...more.map(({ path, message }) => ({
      offset: offsetOf(document, path),
      words: `${path.join('.') || 'the file'}: ${message}`,
    })),
  ];
  if (found.length === 0 && 'apps' in read) return [...read.apps];
  throw new ConfigError(
    found
      .sort((a, b) => a.offset - b.offset)
      .map(({ offset, words }) => {
        const { line, col } = lines.linePos(offset);
        return `${name}:${line}:${col}: ${words}`;
      }),
  );
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown fault';
    throw new ConfigError([`${path} cannot be read (${code})`]);
  }
}

/** Where the innermost part of the path that is there begins: its key, or the item of a list. */
function offsetOf(document: Document, path: Path): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (pair === undefined) break;
      if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      if (isNode(node)) offset = node.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}
