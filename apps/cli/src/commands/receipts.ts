import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createReceiptKeys } from '@reveille/chassis/receipt-keys';
import { vendorNames } from '@reveille/contracts/push/vendor';
import { readAppsFile } from '@reveille/chassis/apps-file';
import type { Command } from 'commander';
import { appOf, defaultDataFolder, readReady } from '../town/running-town.js';
import { receiptOrigin } from '../town/service-plan.js';

interface ReceiptsOptions {
  readonly data: string;
  readonly app?: string;
  readonly url?: string;
  readonly json?: boolean;
}

/** `reveille receipts`: the addresses for the consoles of vendors that want them there. */
export function addReceipts(program: Command): void {
  program
    .command('receipts')
    .description(
      'Print where each vendor of an app calls back with what became of pushes. Secret: who knows an address can send receipts.',
    )
    .option('--data <dir>', 'the folder of the town', defaultDataFolder)
    .option('--app <id>', 'the app (default: the first one)')
    .option('--url <origin>', 'the workers as vendors reach them (default: as the town told them)')
    .option('--json', 'print one JSON object')
    .action((options: ReceiptsOptions) => showReceipts(options));
}

function showReceipts(options: ReceiptsOptions): void {
  const ready = readReady(options.data);
  const { id } = appOf(ready, options.app);
  const keys = createReceiptKeys(readFileSync(join(ready.data, 'keys', 'receipt.key'), 'utf8'));
  const settings = readAppsFile(join(ready.data, 'apps.yaml')).find(({ app }) => app === id);
  const origin = (options.url ?? receiptOrigin(ready.ports)).replace(/\/+$/, '');
  const addresses = vendorNames
    .filter((vendor) => settings?.vendors[vendor] !== undefined)
    .map((vendor) => ({ vendor, url: origin + keys.pathOf(id, vendor) }));
  if (options.json === true) console.log(JSON.stringify({ app: id, addresses }));
  else for (const { vendor, url } of addresses) console.log(`${vendor.padEnd(8)} ${url}`);
}
