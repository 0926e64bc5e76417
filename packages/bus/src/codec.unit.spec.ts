import { expect, it } from 'vitest';
import { decodeFact, type StoredMessage } from './codec.js';

const stored = (change: Partial<StoredMessage> = {}): StoredMessage => ({
  stream: 'MESSAGES',
  sequence: 17,
  subject: 'im.evt.message.demo.3.accepted',
  storedAt: 1_700_000_000_000,
  headers: { 'Nats-Msg-Id': 'demo:x1' },
  data: Buffer.from('{"messageId":"m1"}'),
  ...change,
});

it('fills in what a foreign publisher leaves out', () => {
  expect(decodeFact(stored())).toEqual({
    id: 'MESSAGES:17',
    type: 'message-accepted',
    version: 1,
    source: 'platform',
    time: 1_700_000_000_000,
    app: 'demo',
    subject: 'm1',
    correlation: 'm1',
    causation: null,
    traceparent: null,
    data: { messageId: 'm1' },
  });
});

it.each([
  ['im.evt.push.demo.3.apns.attempted', 'push-attempted'],
  ['im.evt.delivery.demo.3.settled', 'delivery-settled'],
  ['im.job.push.apns.normal.demo', 'push-job'],
])('names the type of %s', (subject, type) => {
  expect(decodeFact(stored({ subject })).type).toBe(type);
});

it('refuses what is no message of the contracts', () => {
  expect(() => decodeFact(stored({ data: Buffer.from('{') }))).toThrow('is not JSON');
  expect(() => decodeFact(stored({ subject: 'foreign.thing' }))).toThrow('not a subject of the contracts');
  expect(() => decodeFact(stored({ headers: { 'im-version': 'two' } }))).toThrow('is not a version');
});

it('takes odd headers of a foreign publisher for what they say', () => {
  const envelope = decodeFact(stored({ headers: { 'ce-time': 'yesterday', 'ce-subject': '100%' } }));
  expect(envelope).toMatchObject({ time: 1_700_000_000_000, subject: '100%' });
});
