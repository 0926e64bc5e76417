import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openServerIdentity } from '../../authority.js';
import type { Clock } from '../../sandbox-clock.js';
import { openSandboxFixture } from '../../testing/sandbox-fixture.js';
import { sandboxVendors } from '../../vendors/registry.js';
import { clientsByAddress, clientsByFixedHost } from './clients.js';
import type { ForeignReport } from './foreign-client.js';
import { runWithFixedHosts } from './private-namespace.js';
import { openProviderDesk } from './provider-desk.js';

export interface ClientTally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Lets every foreign client of the wanted vendors push, and prints what it did. */
export async function runClients(
  clock: Clock,
  isWanted: (vendor: string) => boolean,
  print: (line: string) => void,
): Promise<ClientTally> {
  const reports: { name: string; report: ForeignReport }[] = [];
  const add = (name: string, report: ForeignReport): void => {
    reports.push({ name, report });
    print(lineOf(name, report));
  };
  const fixture = await openSandboxFixture(() => clock.now());
  const desk = openProviderDesk(fixture);
  const clients = clientsByAddress
    .filter(({ vendor }) => isWanted(vendor))
    .map(({ make }) => make(fixture, desk));
  for (const client of clients) {
    add(
      client.name,
      await client
        .run()
        .catch((error: unknown): ForeignReport => ({ kind: 'failed', because: String(error) })),
    );
  }
  await fixture.close();
  const fixed = clientsByFixedHost.map(({ vendor }) => vendor).filter(isWanted);
  if (fixed.length > 0) await withFixedHosts(clock, fixed, add);
  const count = (kind: ForeignReport['kind']): number =>
    reports.filter(({ report }) => report.kind === kind).length;
  return { passed: count('ok'), failed: count('failed'), skipped: count('skipped') };
}

async function withFixedHosts(
  clock: Clock,
  vendors: readonly string[],
  add: (name: string, report: ForeignReport) => void,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'reveille-fixed-hosts-'));
  const hosts = sandboxVendors.flatMap((vendor) => vendor.hosts);
  const { caFile } = await openServerIdentity(folder, hosts, clock);
  const namespaced = await runWithFixedHosts(folder, caFile, vendors);
  rmSync(folder, { recursive: true, force: true });
  if (namespaced.kind === 'none')
    return add('clients with fixed hosts', { kind: 'skipped', because: namespaced.because });
  for (const line of namespaced.lines) {
    const { name, report } = JSON.parse(line) as { name: string; report: ForeignReport };
    add(name, report);
  }
}

function lineOf(name: string, report: ForeignReport): string {
  if (report.kind === 'ok') return `ok   client ${name}: ${report.did}`;
  return `${report.kind === 'skipped' ? 'skip' : 'FAIL'} client ${name}: ${report.because}`;
}
