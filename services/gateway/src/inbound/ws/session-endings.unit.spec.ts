import { createLogger } from '@reveille/chassis/logger';
import { fixedClock } from '@reveille/chassis/testing/fixed-clock';
import { RefusedError, UnavailableError } from '@reveille/contracts/errors';
import { expect, it } from 'vitest';
import { SessionEndings } from './session-endings.js';

const session = (sessionId: string) => ({ app: 'chat', user: 'ana', deviceId: 'd', sessionId });

function desk(close: (sessionId: string) => Promise<void>) {
  const clock = fixedClock();
  const told: string[] = [];
  const logger = createLogger({ service: 'gateway', level: 'error', write: () => undefined });
  const endings = new SessionEndings(
    async ({ sessionId }, reason) => {
      told.push(`${sessionId} ${reason}`);
      await close(sessionId);
    },
    clock,
    logger,
  );
  return { endings, clock, told };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

it('tells each end once', async () => {
  const { endings, told } = desk(async () => undefined);
  endings.add(session('s1'), 'kicked');
  endings.add(session('s2'), 'lost');
  await settled();
  endings.tell();
  expect([told, endings.size]).toEqual([['s1 kicked', 's2 lost'], 0]);
});

it('while presence does not answer waits longer and longer, then tells them all', async () => {
  let isUp = false;
  const { endings, clock, told } = desk(async () => {
    if (!isUp) throw new UnavailableError('nobody answers');
  });
  for (let index = 0; index < 1_000; index += 1) endings.add(session(`s${index}`), 'disconnected');
  await settled();
  const first = told.length;
  expect(first).toBeLessThanOrEqual(64);
  endings.tell();
  await settled();
  expect(told.length).toBe(first);
  clock.advance(500);
  endings.tell();
  await settled();
  const second = told.length;
  expect(second).toBeGreaterThan(first);
  clock.advance(500);
  endings.tell();
  await settled();
  expect(told.length).toBe(second);
  isUp = true;
  clock.advance(500);
  endings.tell();
  await settled();
  expect(endings.size).toBe(0);
  expect(new Set(told).size).toBe(1_000);
});

it('does not ask again what presence refuses', async () => {
  const { endings, clock, told } = desk(async () => {
    throw new RefusedError('app-unknown', 'no');
  });
  endings.add(session('s1'), 'lost');
  await settled();
  clock.advance(60_000);
  endings.tell();
  expect([told.length, endings.size]).toEqual([1, 0]);
});
