import type { AppSettings } from '@reveille/contracts/app/events';
import { type AppFact, appChanges } from '../domain/app/app-changes.js';
import type { Apps, Outbox } from '../ports.js';

/** Makes APPS say what is wanted, and gives what had to be said for it. */
export async function configureApps(
  { apps, outbox }: { readonly apps: Apps; readonly outbox: Pick<Outbox, 'app'> },
  wanted: readonly AppSettings[],
): Promise<AppFact[]> {
  const facts = appChanges(apps.all(), wanted);
  for (const fact of facts) await outbox.app(fact);
  await apps.refresh();
  return facts;
}
