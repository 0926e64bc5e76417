import { isInterrupted, projectFolder } from '../run-process.ts';
import { inSeconds, type TierResult } from '../testing/tier-result.ts';
import { firstWords } from '../testing/what-failed.ts';
import { type CheckStep, checkSteps, unitTests } from './check-steps.ts';

const atATime = 2;

interface Outcome {
  readonly step: CheckStep;
  readonly isGood: boolean;
  readonly words: string;
}

async function runStep(step: CheckStep): Promise<Outcome> {
  const startedAt = performance.now();
  const { isGood, words } = await step.run(projectFolder);
  const took = inSeconds(performance.now() - startedAt);
  const shown = isGood
    ? words.split('\n').filter((line) => line.startsWith('warning '))
    : words.trimEnd().split('\n');
  console.log(`${isGood ? 'ok  ' : 'FAIL'}  ${step.name.padEnd(18)}${took.padStart(8)}`);
  for (const line of shown) console.log(`      ${line}`);
  return { step, isGood, words };
}

function isReady(step: CheckStep, ended: readonly Outcome[]): boolean {
  return step.after.every((name) => ended.some((outcome) => outcome.step.name === name));
}

function isHopeless(step: CheckStep, ended: readonly Outcome[]): boolean {
  return step.after.some((name) => ended.some((outcome) => outcome.step.name === name && !outcome.isGood));
}

/** Runs all checks, two at a time, and prints each with its time. A step whose groundwork failed is said to be left out. */
export async function runChecks(options: { readonly withUnitTests: boolean }): Promise<TierResult> {
  const startedAt = performance.now();
  const waiting = new Set(options.withUnitTests ? [unitTests, ...checkSteps] : checkSteps);
  const running = new Map<CheckStep, Promise<Outcome>>();
  const ended: Outcome[] = [];
  const leftOut: string[] = [];
  while (waiting.size + running.size > 0) {
    for (const step of [...waiting]) {
      if (isInterrupted() || isHopeless(step, ended)) {
        waiting.delete(step);
        leftOut.push(step.name);
        console.log(`left  ${step.name}`);
      } else if (running.size < atATime && isReady(step, ended)) {
        waiting.delete(step);
        running.set(step, runStep(step));
      }
    }
    if (running.size === 0) continue;
    const outcome = await Promise.race(running.values());
    running.delete(outcome.step);
    ended.push(outcome);
  }
  const failed = ended.filter((outcome) => !outcome.isGood);
  return {
    name: 'check',
    passed: ended.length - failed.length,
    failed: failed.length,
    tookMs: performance.now() - startedAt,
    whatFailed: failed.flatMap(({ step, words }) => firstWords(words).map((line) => `${step.name}: ${line}`)),
    faults: leftOut.length === 0 ? [] : [`left out: ${leftOut.join(', ')}`],
  };
}
