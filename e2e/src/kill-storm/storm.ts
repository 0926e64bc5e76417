import { seededRandom, until } from '../harness/scenario.js';
import type { Town } from '../harness/town.js';
import { type WorkAtHand, workAtHand } from '../harness/work-at-hand.js';
import type { MessageFlow } from './message-flow.js';

export const victims = ['gateway', 'router', 'presence', 'vendor-workers', 'nats', 'postgres'] as const;
export type Victim = (typeof victims)[number];

/** One kill -9 and what was unfinished the moment before. */
export interface Kill {
  readonly victim: Victim;
  readonly at: number;
  readonly unanswered: number;
  readonly unsettled: number;
  readonly jobs: number;
  /** The victim itself had work in flight: unanswered sends, unsettled messages or jobs at hand, by what it does. */
  readonly isBusy: boolean;
}

export interface StormOptions {
  readonly town: Town;
  readonly flow: MessageFlow;
  readonly count: number;
  readonly killsEach: number;
  readonly seed: number;
  readonly onKill: (kill: Kill, number: number) => void;
  readonly onGatewayBack: () => void;
}

/** How long a kill waits for its victim to have work. */
const busyWithinMs = 20_000;
const restartWithinMs = 60_000;
/** So often the next blow falls before its victim is back at work. */
const hurriedShare = 0.35;

/**
 * Kills every process `killsEach` times, in seeded order. Each kill has its share of the messages: it falls while they flow, at a
 * seeded place among them, when its victim has work in flight. So it does not matter how fast the machine is.
 */
export async function runStorm(options: StormOptions): Promise<Kill[]> {
  const { town, flow, count, killsEach, seed } = options;
  const random = seededRandom(seed);
  const share = count / (killsEach * victims.length);
  const kills: Kill[] = [];
  for (let round = 0; round < killsEach; round += 1) {
    for (const victim of shuffled(victims, random)) {
      const place = (kills.length + 0.3 + 0.6 * random()) * share;
      const isHurried = random() < hurriedShare;
      flow.release((kills.length + 1) * share);
      await until(`${Math.ceil(place)} messages are sent`, () => flow.started >= place, {
        withinMs: restartWithinMs * 2,
        everyMs: 5,
      });
      const kill = { victim, ...(await untilBusy(town, flow, victim)), at: Date.now() };
      const pid = town.kill(victim);
      kills.push(kill);
      options.onKill(kill, kills.length);
      await backAtWork(town, victim, pid, isHurried);
      if (victim === 'gateway') options.onGatewayBack();
    }
  }
  flow.release(count);
  return kills;
}

/** The first moment at which the victim has work in flight; the last one looked at if there is none. */
async function untilBusy(
  town: Town,
  flow: MessageFlow,
  victim: Victim,
): Promise<Omit<Kill, 'victim' | 'at'>> {
  const deadline = performance.now() + busyWithinMs;
  return until(
    'nats-server says what is in flight',
    async () => {
      const work = await workAtHand(town);
      if (work === null) return null;
      const { unsettled, jobs } = work;
      const isBusy = isBusyWith(victim, flow.unanswered, work);
      const isOver = performance.now() > deadline;
      return isBusy || isOver ? { unanswered: flow.unanswered, unsettled, jobs, isBusy } : null;
    },
    { withinMs: busyWithinMs + restartWithinMs, everyMs: 2 },
  );
}

function isBusyWith(victim: Victim, unanswered: number, { unsettled, jobs }: WorkAtHand): boolean {
  switch (victim) {
    case 'gateway':
      return unanswered > 0;
    case 'router':
    case 'presence':
    case 'postgres':
      return unsettled > 0;
    case 'vendor-workers':
      return jobs > 0;
    case 'nats':
      return unanswered > 0 && unsettled > 0;
  }
}

async function backAtWork(town: Town, victim: Victim, pid: number, isHurried: boolean): Promise<void> {
  await town.restarted(victim, pid, restartWithinMs);
  if (isHurried || victim === 'nats' || victim === 'postgres') return;
  await town.serviceReady(victim === 'vendor-workers' ? 'vendorWorkers' : victim, restartWithinMs);
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
