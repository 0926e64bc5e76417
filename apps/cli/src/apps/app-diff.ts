import type { AppDocument } from '@reveille/contracts/app/events';

/** Fields whose values nobody wants on a screen; that they changed is told. */
const isSecret = /(?:hash|hashes|keys?|secret|password|nkey)$/i;
/** What is told as a whole when it comes or goes. */
const wholes = /^((?:vendors|strategies)\.[^.]+)\./;

/** What becomes of a document, a line per field that differs: `+` comes, `-` goes, `~` changes. None: they say the same. */
export function diffApps(before: AppDocument | null, after: AppDocument | null): string[] {
  const old = fieldsOf(before);
  const now = fieldsOf(after);
  const lines = new Map<string, string>();
  for (const path of [...new Set([...old.keys(), ...now.keys()])].sort()) {
    const [was, is] = [old.get(path), now.get(path)];
    if (was === is) continue;
    const whole = wholes.exec(`${path}.`)?.[1] ?? null;
    if (whole !== null && !hasAny(old, whole)) lines.set(whole, `+ ${whole}`);
    else if (whole !== null && !hasAny(now, whole)) lines.set(whole, `- ${whole}`);
    else lines.set(path, lineOf(path, was, is));
  }
  return [...lines.values()];
}

function lineOf(path: string, was: string | undefined, is: string | undefined): string {
  if (isSecret.test(path)) return `~ ${path} changes`;
  if (was === undefined) return `+ ${path}: ${is}`;
  if (is === undefined) return `- ${path}: ${was}`;
  return `~ ${path}: ${was} → ${is}`;
}

function hasAny(fields: ReadonlyMap<string, string>, prefix: string): boolean {
  return [...fields.keys()].some((path) => path === prefix || path.startsWith(`${prefix}.`));
}

function fieldsOf(document: AppDocument | null): Map<string, string> {
  const fields = new Map<string, string>();
  if (document === null) return fields;
  const { strategies, ...rest } = document;
  const byName = Object.fromEntries(
    strategies.map(({ resourcesId, ...strategy }) => [resourcesId, strategy]),
  );
  collect(fields, '', { ...rest, strategies: byName });
  return fields;
}

function collect(fields: Map<string, string>, path: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    fields.set(path, JSON.stringify(sorted(value)));
    return;
  }
  for (const [name, field] of Object.entries(value))
    collect(fields, path === '' ? name : `${path}.${name}`, field);
}

/** Fields in an order of their own, so that the same document gives the same text. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => [name, sorted(field)]),
  );
}
