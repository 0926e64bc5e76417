import { isInterrupted } from '../run-process.ts';
import type { Tier } from './read-arguments.ts';
import { playScenario } from './scenarios.ts';
import { inSeconds, type TierResult } from './tier-result.ts';

type Play = Extract<Tier, { kind: 'scenario' }>;

/** Most of a scenario's time is waiting, so two share the machine; more would make each other late. */
const atOnce = 2;

/**
 * Plays many scenarios, two at a time, those that must not be disturbed one after the other at the end. What a scenario says
 * is shown whole when it is over. The results come in the order in which the scenarios were given.
 */
export async function playTogether(plays: readonly Play[], timeoutMs: number): Promise<TierResult[]> {
  const results = new Map<Play, TierResult>();
  const play = async (one: Play): Promise<void> => {
    const name = [one.scenario.name, ...one.args].join(' ');
    console.log(`   ${name} begins`);
    const { words, ...result } = await playScenario(one.scenario, one.args, timeoutMs, 'kept');
    results.set(one, result);
    console.log(`── ${name}, ${inSeconds(result.tookMs)} ${'─'.repeat(Math.max(4, 66 - name.length))}`);
    process.stdout.write(words.endsWith('\n') ? words : `${words}\n`);
    for (const fault of result.faults) console.log(fault);
  };
  const work = async (queue: Play[]): Promise<void> => {
    for (let next = queue.shift(); next !== undefined && !isInterrupted(); next = queue.shift())
      await play(next);
  };
  const sociable = plays
    .filter(({ scenario }) => !scenario.isShy)
    .sort((a, b) => Number(b.scenario.isLong) - Number(a.scenario.isLong));
  await Promise.all(Array.from({ length: atOnce }, () => work(sociable)));
  await work(plays.filter(({ scenario }) => scenario.isShy));
  return plays.flatMap((one) => results.get(one) ?? []);
}
