import type { AppChange, AppDocument, AppRemoved, AppSettings } from '@reveille/contracts/app/events';
import type { AppId } from '@reveille/contracts/ids';

export type AppFact =
  | { readonly type: 'app-configured'; readonly app: AppId; readonly data: AppSettings }
  | { readonly type: 'app-removed'; readonly app: AppId; readonly data: AppRemoved };

/** The newest word about an app. */
export interface KnownApp {
  readonly app: AppId;
  /** Null: removed. */
  readonly settings: AppSettings | null;
  readonly revision: number;
  /** Null in what was said before changes had authors. */
  readonly change: AppChange | null;
}

/** Whether two documents say the same, whatever the order of their fields. */
export function saysTheSame(one: AppDocument, other: AppDocument): boolean {
  return canonical(documentOf(one)) === canonical(documentOf(other));
}

/** An app as a document says it, as its next revision. */
export function configured(known: KnownApp | null, document: AppDocument, change: AppChange): AppFact {
  const revision = (known?.revision ?? 0) + 1;
  return {
    type: 'app-configured',
    app: document.app,
    data: { ...documentOf(document), revision, change },
  };
}

export function removed(known: KnownApp, change: AppChange): AppFact {
  const { app, revision } = known;
  return { type: 'app-removed', app, data: { app, revision: revision + 1, change } };
}

/**
 * Whether the file that is read at start has the last word on an app. It has while nobody else has spoken; after an operator has
 * applied something else, a file that says what stood before is old, and one that says something new is new.
 */
export function fileDecides(
  known: KnownApp,
  said: AppDocument | null,
  before: readonly AppDocument[],
): boolean {
  if (known.change === null || known.change.from === 'file') return true;
  return said !== null && !before.some((document) => saysTheSame(document, said));
}

/** Without what the log adds. */
function documentOf(settings: AppDocument & Partial<AppSettings>): AppDocument {
  const { revision: _revision, change: _change, ...document } = settings;
  return document;
}

/** The same settings give the same text, whatever the order of their fields. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`);
  return `{${fields.join(',')}}`;
}
