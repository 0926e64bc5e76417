import { UnavailableError } from '@reveille/contracts/errors';
import { beforeEach, describe, expect, it } from 'vitest';
import { manualTime } from '../testing/manual-time.js';
import { type KnownVerdict, LateWords, type LateWord } from './late-words.js';

const known: KnownVerdict = { partition: 7, verdict: { kind: 'acknowledged', at: 1 } };
const limit = { most: 6, mostOfUser: 3 };

let time: ReturnType<typeof manualTime>;
let settled: Set<string>;
let looks: string[][];
let found: string[];
let lost: [string, number][];
let words: LateWords;

/** What is asked in one turn is one question. */
function lookTogether(name: string): void {
  const last = looks.at(-1);
  if (last !== undefined && isOpen) last.push(name);
  else looks.push([name]);
  isOpen = true;
  queueMicrotask(() => {
    isOpen = false;
  });
}
let isOpen = false;

beforeEach(() => {
  time = manualTime();
  [settled, looks, found, lost] = [new Set(), [], [], []];
  words = new LateWords(
    {
      time,
      verdicts: {
        verdictOf: async (app, messageId, user) => {
          lookTogether(`${app}/${user}/${messageId}`);
          return settled.has(messageId) ? known : null;
        },
      },
      found: async ({ app, user, messageId }) => void found.push(`${app}/${user}/${messageId}`),
      onLost: (error, count) => lost.push([(error as Error).message, count]),
    },
    limit,
  );
});

const say = (app: string, user: string, messageId: string): void => {
  const word = { app, user, messageId, deviceId: 'd1', acknowledgedAt: 5, traceparent: 't' };
  words.add(word satisfies LateWord);
};

describe('what waits', () => {
  it('is looked for in one question, each word once, and found when it is settled', async () => {
    for (const id of ['m1', 'm2', 'm1']) say('a', 'ana', id);
    say('b', 'bob', 'm1');
    await time.pass(100);
    expect(looks).toEqual([['a/ana/m1', 'a/ana/m2', 'b/bob/m1']]);
    settled.add('m1');
    await time.pass(200);
    expect(found).toEqual(['a/ana/m1', 'b/bob/m1']);
    expect(words.size).toBe(1);
  });

  it('is looked for less and less often, and given up after a minute', async () => {
    say('a', 'ana', 'nonsense');
    await time.pass(200_000);
    expect(looks.length).toBeLessThan(25);
    expect([words.size, lost, time.pending()]).toEqual([0, [], 0]);
  });
});

describe('a flood', () => {
  it('of one user costs that user alone', async () => {
    for (let count = 0; count < 50; count += 1) say('a', 'eve', `x${count}`);
    say('a', 'ana', 'm1');
    say('b', 'bob', 'm2');
    settled.add('m1').add('m2');
    await time.pass(100);
    expect(found).toEqual(['a/ana/m1', 'b/bob/m2']);
    expect(lost).toEqual([['too many late acknowledgements wait for their verdict', 47]]);
  });

  it('of many users of an app costs that app alone', async () => {
    for (let count = 0; count < 50; count += 1) say('a', `eve${count}`, `x${count}`);
    say('b', 'bob', 'm1');
    say('b', 'bea', 'm2');
    settled.add('m1').add('m2').add('x0').add('x1').add('x2');
    await time.pass(100);
    // Six fit; the other app takes the places of the two oldest.
    expect(found).toEqual(['a/eve2/x2', 'b/bob/m1', 'b/bea/m2']);
    expect(lost).toEqual([['too many late acknowledgements wait for their verdict', 46]]);
  });
});

describe('a fault', () => {
  it('of the log brings the word back, and is told when it lasts', async () => {
    let faults = 2;
    const faulty = new LateWords({
      time,
      verdicts: { verdictOf: async () => known },
      found: async ({ messageId }) => {
        faults -= 1;
        if (messageId === 'never' || faults >= 0) throw new UnavailableError('no log');
        found.push(messageId);
      },
      onLost: (error, count) => lost.push([(error as Error).message, count]),
    });
    faulty.add({ app: 'a', user: 'u', messageId: 'm1', deviceId: 'd', acknowledgedAt: 5, traceparent: 't' });
    await time.pass(1_000);
    expect([found, lost, faulty.size]).toEqual([['m1'], [], 0]);
    faulty.add({
      app: 'a',
      user: 'u',
      messageId: 'never',
      deviceId: 'd',
      acknowledgedAt: 5,
      traceparent: 't',
    });
    await time.pass(200_000);
    expect([lost, faulty.size, time.pending()]).toEqual([[['no log', 1]], 0, 0]);
  });
});
