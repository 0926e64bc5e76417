import type { AppChange, AppDocument } from '@reveille/contracts/app/events';
import type { AppId } from '@reveille/contracts/ids';
import { type AppFact, configured, fileDecides, removed, saysTheSame } from '../domain/app/app-changes.js';
import type { Apps, Outbox } from '../ports.js';

export interface ConfigureAppsPorts {
  readonly apps: Apps;
  readonly outbox: Pick<Outbox, 'app'>;
}
export interface ConfiguredApps {
  readonly said: readonly AppFact[];
  /** Where the file says what stood before an operator changed it: that stays as the operator left it. */
  readonly outdated: readonly AppId[];
}

const change: AppChange = { from: 'file', by: 'the apps file', because: null, restored: null };

/** Makes APPS say what the file says, as far as the file has the last word. */
export async function configureApps(
  { apps, outbox }: ConfigureAppsPorts,
  wanted: readonly AppDocument[],
): Promise<ConfiguredApps> {
  const said: AppFact[] = [];
  const outdated: AppId[] = [];
  for (const document of wanted) {
    const known = apps.newestOf(document.app);
    if (known?.settings != null && saysTheSame(known.settings, document)) continue;
    if (known !== null && !fileDecides(known, document, await apps.history(document.app)))
      outdated.push(document.app);
    else said.push(configured(known, document, change));
  }
  const kept = new Set(wanted.map(({ app }) => app));
  for (const { app } of apps.all()) {
    const known = apps.newestOf(app);
    if (known !== null && !kept.has(app) && fileDecides(known, null, [])) said.push(removed(known, change));
  }
  for (const fact of said) await outbox.app(fact);
  await apps.refresh();
  return { said, outdated };
}
