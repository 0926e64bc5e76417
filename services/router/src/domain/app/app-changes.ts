import type { AppRemoved, AppSettings } from '@reveille/contracts/app/events';
import type { AppId } from '@reveille/contracts/ids';

export type AppFact =
  | { readonly type: 'app-configured'; readonly app: AppId; readonly data: AppSettings }
  | { readonly type: 'app-removed'; readonly app: AppId; readonly data: AppRemoved };

/** What has to be said so that the log knows the apps as they are wanted: only what differs. */
export function appChanges(known: readonly AppSettings[], wanted: readonly AppSettings[]): AppFact[] {
  const before = new Map(known.map((settings) => [settings.app, canonical(settings)]));
  const configured = wanted
    .filter((settings) => before.get(settings.app) !== canonical(settings))
    .map((data): AppFact => ({ type: 'app-configured', app: data.app, data }));
  const kept = new Set(wanted.map(({ app }) => app));
  const removed = known
    .filter(({ app }) => !kept.has(app))
    .map(({ app }): AppFact => ({ type: 'app-removed', app, data: { app } }));
  return [...configured, ...removed];
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
