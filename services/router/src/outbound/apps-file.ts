import { readFileSync } from 'node:fs';
import { type AppSettings, appsFileSchema } from '@reveille/contracts/app/events';
import { ConfigError } from '@reveille/contracts/errors';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';

type Path = readonly PropertyKey[];

/**
 * The apps that the file declares, defaults filled in.
 * @throws ConfigError that lists every fault with its line.
 */
export function readAppsFile(path: string): AppSettings[] {
  return parseApps(readText(path), path);
}

export function parseApps(text: string, name: string): AppSettings[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const at = (offset: number): string => `${name}:${lines.linePos(offset).line}`;
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map(({ message, pos }) => `${at(pos[0])}: ${message.split('\n')[0]?.trim()}`),
    );
  }
  const lineOf = (where: Path): string => at(offsetOf(document, where));
  const parsed = appsFileSchema.safeParse(document.toJS());
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map(
        ({ path: where, message }) => `${lineOf(where)}: ${where.join('.')}: ${message}`,
      ),
    );
  }
  const { apps } = parsed.data;
  const twice = apps.flatMap(({ app }, index) =>
    apps.findIndex((other) => other.app === app) < index
      ? [`${lineOf(['apps', index, 'app'])}: app ${app} is declared twice`]
      : [],
  );
  if (twice.length > 0) throw new ConfigError(twice);
  return apps;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown fault';
    throw new ConfigError([`${path} cannot be read (${code})`]);
  }
}

/** Where the innermost part of the path that is there begins. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range != null) return node.range[0];
  }
  return 0;
}
