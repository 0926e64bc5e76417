import { describe, expect, it } from 'vitest';
import { partitionOf } from './partition.js';
import { fromSubjectToken, toSubjectToken } from './subject-token.js';
import { parseSubject, subjects } from './subjects.js';

describe('ids in subjects', () => {
  it('go in as they are when they are plain', () => {
    expect(toSubjectToken('Bob_1-x')).toBe('Bob_1-x');
  });
  it.each(['bob@example.org', 'a.b', '*', '>', 'Zoë', '王芳', '~Ym9i', 'x'.repeat(65), ' '])(
    'encode %s and come back',
    (id) => {
      const token = toSubjectToken(id);
      expect(token).toMatch(/^~[A-Za-z0-9_-]+$/);
      expect(fromSubjectToken(token)).toBe(id);
    },
  );
  it('are never empty', () => {
    expect(() => toSubjectToken('')).toThrow(/empty/);
  });
});

describe('partitions', () => {
  // Values that nats-server 2.15 gave for {{partition(64,1)}}.
  it.each([
    ['', 5],
    ['a', 44],
    ['abc', 11],
    ['conv-1', 61],
  ])('%s is in %i', (key, partition) => {
    expect(partitionOf(key)).toBe(partition);
  });
});

describe('subjects', () => {
  it('parse what they build', () => {
    expect(parseSubject(subjects.message('demo', 11, 'accepted'))).toMatchObject({
      kind: 'evt.message',
      app: 'demo',
      partition: 11,
      event: 'accepted',
    });
    expect(parseSubject(subjects.messageIn('demo', 'ana/bob', 'accepted'))).toMatchObject({
      kind: 'in.message',
      id: 'ana/bob',
    });
    for (const condemnsToken of [false, true]) {
      expect(parseSubject(subjects.pushAttempted('demo', 3, 'fcm', condemnsToken))).toMatchObject({
        kind: 'evt.push',
        vendor: 'fcm',
        event: 'attempted',
      });
    }
    for (const condemnsToken of [false, true])
      expect(parseSubject(subjects.pushReceipted('demo', 3, 'fcm', condemnsToken))).toMatchObject({
        kind: 'evt.push',
        vendor: 'fcm',
        event: 'receipted',
      });
    expect(parseSubject(subjects.pushLine('demo', 'fcm'))).toMatchObject({ app: 'demo', vendor: 'fcm' });
    expect(parseSubject(subjects.device('demo', 'd.1'))).toMatchObject({ kind: 'evt.device', id: 'd.1' });
    expect(parseSubject(subjects.pushJob('apns', 'normal', 'demo'))).toMatchObject({
      kind: 'job.push',
      vendor: 'apns',
      lane: 'normal',
      app: 'demo',
    });
    expect(parseSubject(subjects.live('demo', '王芳'))).toMatchObject({
      kind: 'live',
      app: 'demo',
      id: '王芳',
    });
    expect(parseSubject(subjects.askInboxPage('demo'))).toMatchObject({
      kind: 'ask.inbox',
      app: 'demo',
      event: 'page',
    });
  });
  it('give null for what they do not know', () => {
    for (const subject of ['', 'im', 'im.evt.message.demo', 'foo.bar', 'im.evt.unknown.a.b.c'])
      expect(parseSubject(subject)).toBeNull();
  });
});
