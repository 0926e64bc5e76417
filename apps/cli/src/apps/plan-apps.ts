import type { AppDocument } from '@reveille/contracts/app/events';
import type { AppId } from '@reveille/contracts/ids';
import { diffApps } from './app-diff.js';
import type { AppRevision } from './app-log.js';

/** What is to be done about one app. */
export interface AppPlan {
  readonly app: AppId;
  readonly kind: 'new' | 'change' | 'remove' | 'same';
  /** The revision that the plan was made from; null: the app is not there. */
  readonly seen: number | null;
  /** Null: it is to go. */
  readonly document: AppDocument | null;
  readonly changes: readonly string[];
  /** What has to be done besides, by hand; null where nothing has. */
  readonly note: string | null;
}

/** Apps that the file does not name stay, unless they are to be pruned. */
export function planApps(
  known: readonly AppRevision[],
  wanted: readonly AppDocument[],
  prunes: boolean,
): AppPlan[] {
  const there = known.filter(({ document }) => document !== null);
  const plans = wanted.map((document): AppPlan => {
    const { app } = document;
    const before = there.find((candidate) => candidate.app === app) ?? null;
    const changes = diffApps(before?.document ?? null, document);
    const kind = before === null ? 'new' : changes.length === 0 ? 'same' : 'change';
    return {
      app,
      kind,
      seen: before?.revision ?? null,
      document,
      changes: before === null ? [] : changes,
      note: noteOn(before?.document ?? null, document),
    };
  });
  const named = new Set(wanted.map(({ app }) => app));
  const strangers = prunes ? there.filter(({ app }) => !named.has(app)) : [];
  return [
    ...plans,
    ...strangers.map(
      ({ app, revision }): AppPlan => ({
        app,
        kind: 'remove',
        seen: revision,
        document: null,
        changes: [],
        note: null,
      }),
    ),
  ];
}

/** A platform's key lives in two places, and nats-server reads only its own. */
function noteOn(before: AppDocument | null, { platformNkey }: AppDocument): string | null {
  if (platformNkey === null || platformNkey === before?.platformNkey) return null;
  return 'its platform has a new key: generate nats.conf anew and reload it before the platform connects';
}

/** For people: an app a paragraph. */
export function printPlans(plans: readonly AppPlan[]): string {
  return plans
    .map(({ app, kind, seen, changes, note }) => {
      const head = {
        new: 'is new',
        change: `changes from revision ${seen}`,
        remove: 'is removed',
        same: `stays as it is (revision ${seen})`,
      }[kind];
      return [
        `app ${app} ${head}`,
        ...changes.map((line) => `  ${line}`),
        ...(note === null ? [] : [`  ! ${note}`]),
      ].join('\n');
    })
    .join('\n');
}
