import { expect, it } from 'vitest';
import { takeTurns } from './take-turns.ts';

interface Piece {
  readonly name: string;
  readonly size: number;
}
const pieces = (...sizes: number[]): Piece[] =>
  sizes.map((size, index) => ({ name: `${index}:${size}`, size }));
const sizeOf = ({ size }: Piece): number => size;

/** What is under way after each beginning and each end; the oldest ends first. */
async function diaryOf(all: readonly Piece[], isOver?: () => boolean): Promise<string[]> {
  const diary: string[] = [];
  const underWay: { name: string; end: () => void }[] = [];
  const note = (): void => void diary.push(underWay.map(({ name }) => name).join(' '));
  const done = takeTurns(
    all,
    { atOnce: 3, size: 5 },
    sizeOf,
    async ({ name }) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      underWay.push({ name, end: resolve });
      note();
      await promise;
    },
    isOver,
  );
  let isDone = false;
  void done.finally(() => (isDone = true));
  while (!isDone) {
    await new Promise(setImmediate);
    underWay.shift()?.end();
    await new Promise(setImmediate);
  }
  await done;
  return diary;
}

it('does three at a time, in order', async () => {
  expect(await diaryOf(pieces(1, 1, 1, 1))).toEqual(['0:1', '0:1 1:1', '0:1 1:1 2:1', '1:1 2:1 3:1']);
});

it('keeps to the room: what does not fit waits, what does is taken before it', async () => {
  expect(await diaryOf(pieces(3, 3, 1))).toEqual(['0:3', '0:3 2:1', '2:1 1:3']);
});

it('does what is larger than the room alone', async () => {
  expect(await diaryOf(pieces(9, 1))).toEqual(['0:9', '1:1']);
});

it('begins nothing more once it is over', async () => {
  let begun = 0;
  expect(await diaryOf(pieces(1, 1, 1, 1, 1), () => ++begun > 2)).toEqual(['0:1', '0:1 1:1']);
});

it('passes a fault on', async () => {
  const fault = takeTurns(pieces(1, 1), { atOnce: 1, size: 1 }, sizeOf, () =>
    Promise.reject(new Error('a bug')),
  );
  await expect(fault).rejects.toThrow('a bug');
});
