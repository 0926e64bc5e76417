// ./reveille test: runs the tiers in order, shows what they say, and sums them up in the last line.
import { runChecks } from './checking/run-checks.ts';
import { isInterrupted } from './run-process.ts';
import { readArguments, type Tier, usage } from './testing/read-arguments.ts';
import { playTogether } from './testing/play-together.ts';
import { playScenario } from './testing/scenarios.ts';
import { counted, inSeconds, type TierResult } from './testing/tier-result.ts';
import { runVendors } from './testing/vendors-tier.ts';
import { runVitest } from './testing/vitest-tier.ts';
import { fewOf } from './testing/what-failed.ts';

function runTier(tier: Tier, timeoutSeconds: number): Promise<TierResult> {
  switch (tier.kind) {
    case 'check':
      return runChecks({ withUnitTests: false });
    case 'unit':
      return runVitest('unit', ['.unit.spec.ts']);
    case 'int':
      return runVitest('int', ['.int.spec.ts']);
    case 'vendors':
      return runVendors();
    case 'scenario':
      return playScenario(tier.scenario, tier.args, timeoutSeconds * 1000);
  }
}

function titleOf(tier: Tier): string {
  return tier.kind === 'scenario' ? [tier.scenario.name, ...tier.args].join(' ') : tier.kind;
}

function summary(results: readonly TierResult[]): string {
  const width = Math.max(...results.map((result) => result.name.length), 'set-up'.length);
  const setUpMs = Number(process.env.REVEILLE_SET_UP_MS ?? 0);
  const lines = setUpMs > 0 ? [`${'set-up'.padEnd(width)}  ${inSeconds(setUpMs).padStart(8)}`] : [];
  for (const result of results) {
    lines.push(`${result.name.padEnd(width)}  ${inSeconds(result.tookMs).padStart(8)}  ${counted(result)}`);
    lines.push(...result.faults.map((fault) => `${''.padEnd(width)}            ${fault}`));
  }
  return lines.join('\n');
}

/** Whoever sees only the end of a log reads here what failed, under the name of its tier. */
function whatFailed(results: readonly TierResult[]): string[] {
  return results
    .filter((result) => result.whatFailed.length > 0)
    .flatMap(({ name, whatFailed: lines }) => [name, ...fewOf(lines).map((line) => `  ${line.trimStart()}`)]);
}

const request = readArguments(process.argv.slice(2));
if (request.kind === 'help') {
  process.stdout.write(usage);
} else if (request.kind === 'refused') {
  console.error(`reveille test: ${request.because}`);
  process.exitCode = 1;
} else {
  const results: TierResult[] = [];
  const plays = request.tiers.filter((tier) => tier.kind === 'scenario');
  const isAlone = plays.length <= 1;
  for (const tier of request.tiers) {
    if (isInterrupted() || (tier.kind === 'scenario' && !isAlone)) break;
    console.log(`── ${titleOf(tier)} ${'─'.repeat(Math.max(4, 76 - titleOf(tier).length))}`);
    results.push(await runTier(tier, request.timeoutSeconds));
  }
  if (!isAlone && !isInterrupted())
    results.push(...(await playTogether(plays, request.timeoutSeconds * 1000)));
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  console.log(`── in all ${'─'.repeat(69)}`);
  console.log(summary(results));
  const failures = whatFailed(results);
  if (failures.length > 0) console.log([`── what failed ${'─'.repeat(64)}`, ...failures, ''].join('\n'));
  if (isInterrupted()) console.log('interrupted: not everything was run');
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 || isInterrupted() ? 1 : 0;
}
