import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder, runProcess } from '../run-process.ts';
import type { TierResult } from './tier-result.ts';

/** A program that plays one part of the product's life and says what held. */
export interface Scenario {
  /** As it is named on the command line. */
  readonly name: string;
  readonly program: string;
}

const sourceSuffix = '.e2e.ts';
/** Run by their own name and in their own place, not among the e2e scenarios. */
const namedApart = ['fuzz', 'images'];

const builtScenario = (file: string): string => join(projectFolder, 'e2e/dist', `${file}.e2e.js`);

export const checklist: Scenario = {
  name: 'sandbox/checklist',
  program: join(projectFolder, 'apps/sandbox/dist/checklist/run.js'),
};
export const fuzz: Scenario = { name: 'fuzz', program: builtScenario('fuzz') };
/** Needs a container engine, so it is not part of a whole run. */
export const images: Scenario = { name: 'images', program: builtScenario('images') };

/** Every e2e scenario there is a source of, in the order of their names. */
export function e2eScenarios(): Scenario[] {
  return readdirSync(join(projectFolder, 'e2e/src'))
    .filter((file) => file.endsWith(sourceSuffix))
    .map((file) => file.slice(0, -sourceSuffix.length))
    .filter((name) => !namedApart.includes(name))
    .sort()
    .map((name) => ({ name: `e2e/${name}`, program: builtScenario(name) }));
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
): Promise<TierResult> {
  if (!existsSync(scenario.program)) {
    return {
      name: scenario.name,
      passed: 0,
      failed: 1,
      tookMs: 0,
      faults: [`${scenario.name} is not built`],
    };
  }
  const end = await runProcess(process.execPath, ['--enable-source-maps', scenario.program, ...args], {
    output: 'live',
    timeoutMs,
  });
  let passed = 0;
  let failed = 0;
  for (const [, good, bad] of end.stdout.matchAll(resultLine)) {
    passed += Number(good);
    failed += Number(bad);
  }
  const skipped = /^SKIPPED (.*)$/m.exec(end.stdout)?.[1];
  if (skipped !== undefined && end.exitCode === 0 && passed + failed === 0) {
    return { name: scenario.name, passed, failed, tookMs: end.tookMs, faults: [`skipped: ${skipped}`] };
  }
  const faults: string[] = [];
  if (end.timedOut) faults.push(`${scenario.name} was killed after ${timeoutMs / 1000} s`);
  else if (end.exitCode !== 0 && failed === 0)
    faults.push(`${scenario.name} ended with ${end.exitCode ?? end.signal}`);
  else if (passed + failed === 0) faults.push(`${scenario.name} said no result`);
  if (end.leftProcesses) faults.push(`${scenario.name} left a process behind; it was killed`);
  return { name: scenario.name, passed, failed: failed + faults.length, tookMs: end.tookMs, faults };
}
