import { expect, it } from 'vitest';
import { parseAckSubject } from './ack-subject.js';

const told = {
  stream: 'MESSAGES',
  consumer: 'router-deliver-message',
  deliveryCount: 2,
  sequence: 345,
  consumerSequence: 7,
  storedAt: 1_795_521_081_639,
  pending: 12,
};

it('reads both forms of an ack subject', () => {
  expect(parseAckSubject('$JS.ACK.MESSAGES.router-deliver-message.2.345.7.1795521081639288994.12')).toEqual(
    told,
  );
  expect(
    parseAckSubject('$JS.ACK._.HASH.MESSAGES.router-deliver-message.2.345.7.1795521081639288994.12.token'),
  ).toEqual(told);
});

it('knows what is none', () => {
  for (const subject of ['', '_INBOX.a.b', '$JS.ACK.MESSAGES.c.1', '$JS.API.INFO'])
    expect(parseAckSubject(subject)).toBeNull();
});
