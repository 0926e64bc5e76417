import type { SessionClosed } from '@reveille/contracts/session/events';
import { describe, expect, it } from 'vitest';
import type { SessionFacts, SessionKey, Sessions, SessionView } from '../ports.js';
import { closeLostSessions, closeSession } from './close-session.js';

const view: SessionView = {
  app: 'chat',
  revision: 1,
  record: {
    sessionId: 's',
    gatewayId: 'g',
    user: 'bob',
    deviceId: 'phone',
    platform: 'web',
    background: false,
    openedAt: 1,
  },
};

function portsWith(known: SessionView[]) {
  const done: (SessionClosed | SessionKey)[] = [];
  const sessions: Pick<Sessions, 'find' | 'remove' | 'orphaned'> = {
    find: ({ sessionId }) =>
      Promise.resolve(known.find(({ record }) => record.sessionId === sessionId) ?? null),
    remove: (key) => Promise.resolve(void done.push(key)),
    orphaned: () => known,
  };
  const facts: Pick<SessionFacts, 'closed'> = { closed: (_, fact) => Promise.resolve(void done.push(fact)) };
  return { done, ports: { sessions, facts, clock: { now: () => 9 } } };
}
const closed = (reason: SessionClosed['reason']) => ({
  sessionId: 's',
  user: 'bob',
  deviceId: 'phone',
  gatewayId: 'g',
  reason,
  closedAt: 9,
});

describe('closeSession', () => {
  it('says so before the record goes', async () => {
    const { done, ports } = portsWith([view]);
    await closeSession(ports)('chat', { sessionId: 's', reason: 'logout' }, null);
    expect(done).toEqual([closed('logout'), { app: 'chat', sessionId: 's' }]);
  });

  it('does nothing for a session that has ended', async () => {
    const { done, ports } = portsWith([]);
    await closeSession(ports)('chat', { sessionId: 's', reason: 'logout' }, null);
    expect(done).toEqual([]);
  });

  it('leaves the record when it cannot be said', async () => {
    const { done, ports } = portsWith([view]);
    const facts = { closed: () => Promise.reject(new Error('no stream')) };
    const closing = closeSession({ ...ports, facts })('chat', { sessionId: 's', reason: 'logout' }, null);
    await expect(closing).rejects.toThrow('no stream');
    expect(done).toEqual([]);
  });
});

describe('closeLostSessions', () => {
  it('ends every session of a silent gateway as lost', async () => {
    const { done, ports } = portsWith([view]);
    expect(await closeLostSessions(ports)()).toBe(1);
    expect(done).toEqual([closed('lost'), { app: 'chat', sessionId: 's' }]);
  });
});
