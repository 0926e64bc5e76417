import type { AppChangedAnswer, ConfigureAppAsk, RemoveAppAsk } from '@reveille/contracts/ask/app';
import { ContractError, RefusedError } from '@reveille/contracts/errors';
import type { AppId } from '@reveille/contracts/ids';
import { type AppFact, configured, type KnownApp, removed, saysTheSame } from '../domain/app/app-changes.js';
import type { Apps, Outbox } from '../ports.js';

export interface ChangeAppPorts {
  readonly apps: Pick<Apps, 'newestOf' | 'refresh'>;
  readonly outbox: Pick<Outbox, 'app'>;
}

export interface ChangeApp {
  configure(app: AppId, ask: ConfigureAppAsk): Promise<AppChangedAnswer>;
  remove(app: AppId, ask: RemoveAppAsk): Promise<AppChangedAnswer>;
}

/**
 * What an operator wants of an app, as its next revision.
 * @throws RefusedError `app-conflict` when the app is not at the revision that the operator has seen.
 */
export function changeApp({ apps, outbox }: ChangeAppPorts): ChangeApp {
  const seenAs = async (app: AppId, seen: number | null): Promise<KnownApp | null> => {
    await apps.refresh();
    const known = apps.newestOf(app);
    if ((known?.settings?.revision ?? null) !== seen) throw conflict(app, known);
    return known;
  };
  const say = async (fact: AppFact): Promise<AppChangedAnswer> => {
    const isSaid = await outbox.app(fact);
    await apps.refresh();
    if (!isSaid) throw conflict(fact.app, apps.newestOf(fact.app));
    return { revision: fact.data.revision, isChanged: true };
  };
  return {
    async configure(app, { document, seen, change }) {
      if (document.app !== app) throw new ContractError(`the document of ${document.app} was sent to ${app}`);
      const known = await seenAs(app, seen);
      if (known?.settings != null && saysTheSame(known.settings, document))
        return { revision: known.revision, isChanged: false };
      return say(configured(known, document, change));
    },
    async remove(app, { seen, change }) {
      const known = await seenAs(app, seen);
      if (known === null) throw conflict(app, known);
      return say(removed(known, change));
    },
  };
}

function conflict(app: AppId, known: KnownApp | null): RefusedError {
  const found = known?.settings == null ? 'is not there' : `is at revision ${known.revision}`;
  return new RefusedError('app-conflict', `somebody else was first: ${app} ${found}`);
}
