import { isInterrupted } from '../run-process.ts';
import type { Tier } from './read-arguments.ts';
import { playScenario } from './scenarios.ts';
import { takeTurns } from './take-turns.ts';
import { inSeconds, type TierResult } from './tier-result.ts';

type Play = Extract<Tier, { kind: 'scenario' }>;

/**
 * Most of a scenario's time is waiting, so three share the machine; more would make each other late. A town takes most of a gigabyte,
 * and a core for some seconds when it starts.
 */
const machine = { atOnce: 3, size: 5 };
const alone = { atOnce: 1, size: 1 };

/**
 * Plays many scenarios, three at a time, those that must not be disturbed one after the other at the end. What a scenario says
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
  const townsOf = ({ scenario }: Play): number => scenario.towns;
  // Those with many towns take longest: nothing should wait for them alone at the end.
  const sociable = plays
    .filter(({ scenario }) => !scenario.isShy)
    .sort((one, other) => townsOf(other) - townsOf(one));
  await takeTurns(sociable, machine, townsOf, play, isInterrupted);
  const shy = plays.filter(({ scenario }) => scenario.isShy);
  await takeTurns(shy, alone, townsOf, play, isInterrupted);
  return plays.flatMap((one) => results.get(one) ?? []);
}
