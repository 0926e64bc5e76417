import { describe, expect, it } from 'vitest';
import { mostDevicesOnline, type RevisedSession, sessionsToReplace } from './sessions-to-replace.js';

const session = (revision: number, deviceId: string, user = 'bob'): RevisedSession => ({
  app: 'chat',
  revision,
  record: {
    sessionId: `s${revision}`,
    gatewayId: 'g',
    user,
    deviceId,
    platform: 'iphone',
    background: false,
    openedAt: 1,
  },
});
const idsOf = (sessions: readonly RevisedSession[]) => sessions.map(({ record }) => record.sessionId);

describe('sessionsToReplace', () => {
  it('ends the older session of the same device', () => {
    const opened = session(5, 'phone');
    expect(idsOf(sessionsToReplace(opened, [session(3, 'phone'), session(4, 'tablet'), opened]))).toEqual([
      's3',
    ]);
  });

  it("ends another user's session of the same device too", () => {
    expect(idsOf(sessionsToReplace(session(5, 'phone'), [session(3, 'phone', 'eve')]))).toEqual(['s3']);
  });

  it('leaves a newer session of the same device: that one ends this one', () => {
    expect(sessionsToReplace(session(5, 'phone'), [session(6, 'phone')])).toEqual([]);
  });

  it('ends the oldest above ten devices', () => {
    const online = Array.from({ length: mostDevicesOnline + 1 }, (_, index) =>
      session(index + 1, `device-${index}`),
    );
    expect(idsOf(sessionsToReplace(session(50, 'phone'), online.slice(1)))).toEqual(['s2']);
    expect(idsOf(sessionsToReplace(session(50, 'phone'), online.toReversed()))).toEqual(['s1', 's2']);
    expect(sessionsToReplace(session(50, 'phone'), online.slice(2))).toEqual([]);
  });

  it('counts a session that is listed twice once', () => {
    const phone = session(3, 'phone');
    expect(idsOf(sessionsToReplace(session(5, 'phone'), [phone, phone]))).toEqual(['s3']);
  });
});
