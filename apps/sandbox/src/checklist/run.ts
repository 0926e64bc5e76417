import { systemClock } from '@reveille/chassis/clock';
import { openSandboxFixture, type SandboxFixture } from '../testing/sandbox-fixture.js';
import { apnsDefaults } from '../vendors/apns/apns.switches.js';
import { fcmDefaults } from '../vendors/fcm/fcm.switches.js';
import { loadDefaults } from '../vendors/vendor-desk.js';
import { ApnsBench } from './apns-bench.js';
import { apnsPhoneChecks } from './apns-phone.checks.js';
import { apnsProviderChecks } from './apns-provider.checks.js';
import { apnsRequestChecks } from './apns-request.checks.js';
import { apnsWireChecks } from './apns-wire.checks.js';
import { FcmBench } from './fcm-bench.js';
import { fcmRequestChecks } from './fcm-request.checks.js';
import { fcmWireChecks } from './fcm-wire.checks.js';
import { runClients } from './foreign/run-clients.js';
import { readRows } from './rows.js';
import { runRows, type Tally } from './run-rows.js';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Faults, switches and clock as they are at a start. */
async function restore({ control }: SandboxFixture): Promise<void> {
  await control.delete('/faults');
  await control.put('/switches', { load: loadDefaults, apns: apnsDefaults, fcm: fcmDefaults });
  await control.put('/clock', { offsetMs: 0 });
}

async function runApns(fixture: SandboxFixture): Promise<Tally> {
  const bench = await ApnsBench.open(fixture, () => systemClock.now());
  const checks = { ...apnsWireChecks, ...apnsProviderChecks, ...apnsRequestChecks, ...apnsPhoneChecks };
  return runRows(readRows('apns-sandbox-checklist.md'), checks, {
    bench,
    print,
    reset: async () => {
      await bench.reset();
      await restore(fixture);
    },
  });
}

async function runFcm(fixture: SandboxFixture): Promise<Tally> {
  const bench = await FcmBench.open(fixture, () => systemClock.now());
  return runRows(
    readRows('fcm-sandbox-checklist.md'),
    { ...fcmWireChecks, ...fcmRequestChecks },
    {
      bench,
      print,
      reset: async () => {
        await restore(fixture);
        await bench.reset();
      },
    },
  );
}

const fixture = await openSandboxFixture(() => systemClock.now());
const tallies = [await runApns(fixture), await runFcm(fixture)];
await fixture.close();

const sum = (pick: (tally: Tally) => number): number =>
  tallies.reduce((total, tally) => total + pick(tally), 0);
const unmatched = sum((tally) => tally.unmatched.length);
const clients = process.argv.includes('--clients')
  ? await runClients(systemClock, print)
  : { passed: 0, failed: 0, skipped: 0 };
const failed = sum((tally) => tally.failed) + unmatched + clients.failed;
print(`rows ${sum((tally) => tally.rows)} unmatched ${unmatched}`);
if (clients.skipped > 0) print(`clients skipped ${clients.skipped}`);
print(`RESULT ${sum((tally) => tally.matched) + clients.passed} passed ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
