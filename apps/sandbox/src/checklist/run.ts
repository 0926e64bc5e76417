import { systemClock } from '@reveille/chassis/clock';
import { openSandboxFixture } from '../testing/sandbox-fixture.js';
import { vendorRows } from './benches.js';
import { runClients } from './foreign/run-clients.js';
import type { Tally } from './run-rows.js';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const now = (): number => systemClock.now();
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const isWanted = (vendor: string): boolean => wanted.length === 0 || wanted.includes(vendor);

const fixture = await openSandboxFixture(now);
const { control } = fixture;
const atStart = await control.get<object>('/switches');
const restore = async (): Promise<void> => {
  await control.delete('/faults');
  await control.delete('/receipts/faults');
  await control.put('/switches', atStart);
  await control.put('/clock', { offsetMs: 0 });
};

const tallies: Tally[] = [];
for (const { vendor, run } of vendorRows.filter((each) => isWanted(each.vendor))) {
  const tally = await run({ fixture, now, print, restore });
  print(`${vendor}: rows ${tally.rows} unmatched ${tally.unmatched.length}`);
  tallies.push(tally);
}
await fixture.close();

const sum = (pick: (tally: Tally) => number): number =>
  tallies.reduce((total, tally) => total + pick(tally), 0);
const unmatched = sum((tally) => tally.unmatched.length);
const clients = process.argv.includes('--clients')
  ? await runClients(systemClock, isWanted, print)
  : { passed: 0, failed: 0, skipped: 0 };
const failed = sum((tally) => tally.failed) + unmatched + clients.failed;
print(`rows ${sum((tally) => tally.rows)} unmatched ${unmatched}`);
if (clients.skipped > 0) print(`clients skipped ${clients.skipped}`);
print(`RESULT ${sum((tally) => tally.matched) + clients.passed} passed ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
