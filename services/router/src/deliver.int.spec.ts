import { waitUntil } from '@reveille/bus/testing/wait-until';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inShort, phone, RouterTown, type RunningRouter, session } from './testing/router-town.js';

let town: RouterTown;
let running: RunningRouter;

beforeAll(async () => {
  town = await RouterTown.start();
  running = await town.openRouter();
}, 60_000);
afterAll(async () => {
  await running.stop();
  await town.stop();
});

describe('one recipient', () => {
  it('is pushed at once when nobody is connected', async () => {
    town.devices.set('bob', [phone('bob-1')]);
    const { messageId, position } = await town.accept(['bob']);
    const [job] = await town.whenJobs(messageId);
    const [settled] = await town.settled(messageId);
    expect(settled).toMatchObject({ chunk: 0, round: 0, position, policyVersion: 1 });
    expect(inShort(settled as never)).toEqual(['bob-1 push']);
    expect(job).toMatchObject({
      jobId: `${messageId}:0:0:apns:0`,
      lane: 'normal',
      attempt: 1,
      repeat: false,
      notification: { title: 'Ana', content: 'hello', collapse: messageId, strategy: 'alert' },
      targets: [{ user: 'bob', deviceId: 'bob-1', sealedToken: 'v1.k.bob-1', environment: 'production' }],
    });
    await town.whenIdle();
  });

  it('that acknowledges in time is not pushed', async () => {
    town.devices.set('cleo', [phone('cleo-1', { sessions: [session()] })]);
    const gateway = await town.holds('cleo', (_, answer) => {
      answer({ type: 'holding', devices: [{ deviceId: 'cleo-1', background: false }] });
      setTimeout(() => answer({ type: 'acknowledged', devices: ['cleo-1'] }), 50);
    });
    const { messageId } = await town.accept(['cleo']);
    const [settled] = await town.whenSettled(messageId);
    expect(inShort(settled as never)).toEqual(['cleo-1 acknowledged']);
    expect((settled?.settledAt ?? 0) - (settled?.askedAt ?? 0)).toBeLessThan(600);
    await town.whenIdle();
    expect(await town.jobs(messageId)).toEqual([]);
    await gateway.stop();
  });

  it('that is silent until its deadline is pushed, and its later word is recorded', async () => {
    town.devices.set('dora', [phone('dora-1', { sessions: [session()] })]);
    let late: (() => void) | null = null;
    const gateway = await town.holds('dora', (_, answer) => {
      answer({ type: 'holding', devices: [{ deviceId: 'dora-1', background: false }] });
      late = () => answer({ type: 'acknowledged', devices: ['dora-1'] });
    });
    const { messageId } = await town.accept(['dora']);
    const [settled] = await town.whenSettled(messageId);
    expect(inShort(settled as never)).toEqual(['dora-1 push']);
    const waited = (settled?.settledAt ?? 0) - (settled?.askedAt ?? 0);
    expect(waited).toBeGreaterThanOrEqual(600);
    expect(waited).toBeLessThan(900);
    (late as (() => void) | null)?.();
    await waitUntil('the late word is recorded', async () => (await town.facts('DELIVERIES', 'late-acknowledged')).length === 1);
    expect(await running.router.checkStanding({ pushes: [{ app: 'demo', messageId, user: 'dora', deviceId: 'dora-1' }] })).toBeDefined();
    await waitUntil('it stands no more', async () => {
      const { closed } = await running.router.checkStanding({
        pushes: [{ app: 'demo', messageId, user: 'dora', deviceId: 'dora-1' }],
      });
      return closed[0] === 'acknowledged';
    });
    await gateway.stop();
  });
});
