import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ProcessOptions, projectFolder, runProcess } from '../run-process.ts';
import type { TierResult } from './tier-result.ts';
import { failedLines } from './what-failed.ts';

/** A program that plays one part of the product's life and says what held. */
export interface Scenario {
  /** As it is named on the command line. */
  readonly name: string;
  readonly program: string;
  /** Whether another scenario may run beside it: not where the machine's whole attention is what is tested. */
  readonly isShy: boolean;
  /** How many towns it runs at once. */
  readonly towns: number;
}

const sourceSuffix = '.e2e.ts';
/** Run by their own name and in their own place, not among the e2e scenarios. */
const namedApart = ['fuzz', 'images'];
/** They load both cores, or hold what happens within milliseconds against each other. */
const shy: ReadonlySet<string> = new Set([
  'e2e/deadline',
  'e2e/kill-storm',
  'e2e/login-race',
  'e2e/outage',
  'e2e/slow-reader',
  'e2e/storm',
  'fuzz',
  'images',
]);

const builtScenario = (file: string): string => join(projectFolder, 'e2e/dist', `${file}.e2e.js`);

const manyTowns: ReadonlyMap<string, number> = new Map([
  ['e2e/crash-points', 3],
  ['e2e/throttle', 2],
]);

const scenario = (name: string, program: string): Scenario => ({
  name,
  program,
  isShy: shy.has(name),
  towns: manyTowns.get(name) ?? 1,
});

export const checklist = scenario(
  'sandbox/checklist',
  join(projectFolder, 'apps/sandbox/dist/checklist/run.js'),
);
export const fuzz = scenario('fuzz', builtScenario('fuzz'));
/** Needs a container engine, so it is not part of a whole run. */
export const images = scenario('images', builtScenario('images'));

/** Every e2e scenario there is a source of, in the order of their names. */
export function e2eScenarios(): Scenario[] {
  return readdirSync(join(projectFolder, 'e2e/src'))
    .filter((file) => file.endsWith(sourceSuffix))
    .map((file) => file.slice(0, -sourceSuffix.length))
    .filter((name) => !namedApart.includes(name))
    .sort()
    .map((name) => scenario(`e2e/${name}`, builtScenario(name)));
}

export function allScenarios(): Scenario[] {
  return [...e2eScenarios(), checklist, fuzz, images];
}

const resultLine = /^RESULT (\d+) passed,? (\d+) failed\s*$/gm;

/**
 * Plays one scenario in a process of its own and sums its lines `RESULT <n> passed <m> failed`. It counts as
 * failed, too, when it ends with another code than 0, says no result, takes too long or leaves a process behind.
 */
export async function playScenario(
  scenario: Scenario,
  args: readonly string[],
  timeoutMs: number,
  output: ProcessOptions['output'] = 'live',
): Promise<TierResult & { readonly words: string }> {
  if (!existsSync(scenario.program)) {
    return {
      words: '',
      name: scenario.name,
      passed: 0,
      failed: 1,
      tookMs: 0,
      faults: [`${scenario.name} is not built`],
      whatFailed: [],
    };
  }
  const end = await runProcess(process.execPath, ['--enable-source-maps', scenario.program, ...args], {
    output,
    timeoutMs,
  });
  const words = end.stdout + end.stderr;
  let passed = 0;
  let failed = 0;
  for (const [, good, bad] of end.stdout.matchAll(resultLine)) {
    passed += Number(good);
    failed += Number(bad);
  }
  const skipped = /^SKIPPED (.*)$/m.exec(end.stdout)?.[1];
  if (skipped !== undefined && end.exitCode === 0 && passed + failed === 0) {
    return {
      name: scenario.name,
      passed,
      failed,
      tookMs: end.tookMs,
      faults: [`skipped: ${skipped}`],
      whatFailed: [],
      words,
    };
  }
  const faults: string[] = [];
  if (end.timedOut) faults.push(`${scenario.name} was killed after ${timeoutMs / 1000} s`);
  else if (end.exitCode !== 0 && failed === 0)
    faults.push(`${scenario.name} ended with ${end.exitCode ?? end.signal}`);
  else if (passed + failed === 0) faults.push(`${scenario.name} said no result`);
  if (end.leftProcesses.length > 0)
    faults.push(`${scenario.name} left a process behind; it was killed: ${end.leftProcesses.join(' | ')}`);
  const whatFailed = failedLines(words);
  const { name } = scenario;
  return { name, passed, failed: failed + faults.length, tookMs: end.tookMs, faults, whatFailed, words };
}
