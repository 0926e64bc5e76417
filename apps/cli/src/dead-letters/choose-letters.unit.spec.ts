import { expect, it } from 'vitest';
import { chooseLetters, type LetterChoice } from './choose-letters.js';
import type { Letter } from './letter-log.js';
import { printLetter, printLettersOf } from './tell-letters.js';

const letter = (
  number: number,
  more: Partial<Letter> & { reason?: string; consumer?: string } = {},
): Letter => ({
  letter: number,
  app: 'demo',
  vendor: 'apns',
  messageId: `m${number}`,
  jobId: null,
  end: null,
  ...more,
  content: {
    stream: 'PUSH_JOBS',
    consumer: more.consumer ?? 'push-apns-normal-demo',
    subject: 's',
    sequence: number,
    storedAt: 1,
    headers: {},
    data: null,
    size: 1,
    reason: more.reason ?? 'unclassified answer: Teapot',
    attempts: 1,
    parkedAt: number * 1_000,
  },
});
const letters = [
  letter(1),
  letter(2, { app: 'shop' }),
  letter(3, { vendor: 'fcm', consumer: 'push-fcm-bulk-demo' }),
  letter(4, { vendor: null, reason: 'failed 5 times: boom', consumer: 'router-deliver-message' }),
];
const everything: LetterChoice = {
  numbers: [],
  app: null,
  vendor: null,
  consumer: null,
  reason: null,
  sinceAt: null,
  untilAt: null,
  limit: null,
};

it.each([
  [{}, [1, 2, 3, 4]],
  [{ numbers: [4, 1] }, [1, 4]],
  [{ app: 'demo' }, [1, 3, 4]],
  [{ vendor: 'apns' }, [1, 2]],
  [{ consumer: 'push-fcm-bulk-demo' }, [3]],
  [{ reason: 'TEAPOT' }, [1, 2, 3]],
  [{ sinceAt: 2_000, untilAt: 4_000 }, [2, 3]],
  [{ limit: 2, app: 'demo' }, [1, 3]],
])('%j chooses %j', (choice, expected) => {
  expect(chooseLetters(letters, { ...everything, ...choice }).map(({ letter: number }) => number)).toEqual(
    expected,
  );
});

it('tells a letter in one line, and what became of it', () => {
  const end = { as: 'redriven', at: 9_000, by: 'ana', because: 'mended' } as const;
  expect(printLetter(letter(1))).toBe(
    '     1  1970-01-01T00:00:01.000Z  push-apns-normal-demo  app demo, apns, message m1  unclassified answer: Teapot',
  );
  expect(printLetter(letter(1, { end }))).toMatch(/ {2}\[redriven by ana: mended\]$/);
  expect(printLettersOf([letter(1, { end })])).toEqual([
    '1970-01-01T00:00:01.000Z  given up by push-apns-normal-demo: unclassified answer: Teapot (dead letter 1)',
    '1970-01-01T00:00:09.000Z  dead letter 1 redriven by ana: mended',
  ]);
});
