import { MsgHdrsImpl } from '@nats-io/nats-core/internal';
import { describe, expect, it } from 'vitest';
import { headerRecord, parseHeaders } from './wire-headers.js';

const blocks: readonly (readonly [name: string, block: string])[] = [
  ['none', 'NATS/1.0\r\n\r\n'],
  ['one', 'NATS/1.0\r\na: 1\r\n\r\n'],
  ['several, twice the same, one without a value', 'NATS/1.0\r\na: 1\r\nb:2\r\na: 3\r\nc:\r\n\r\n'],
  ['a status', 'NATS/1.0 503 No Responders\r\nNats-Pending: 7\r\n\r\n'],
  ['colons and spaces in a value', 'NATS/1.0\r\nce-time:  2026-01-01T00:00:00.000Z \r\n\r\n'],
  ['other letters', 'NATS/1.0\r\nce-subject: Grüße 🌍\r\n\r\n'],
  ['a line that is no header', 'NATS/1.0\r\nnonsense\r\na: 1\r\n\r\n'],
];

describe('headers from the wire', () => {
  it.each(blocks)('are read as the client reads them: %s', (_, block) => {
    expect(parseHeaders(block)).toEqual(headerRecord(MsgHdrsImpl.decode(Buffer.from(block))));
  });

  it('end with what is there when the block is cut', () => {
    expect(parseHeaders('')).toEqual({});
    expect(parseHeaders('NATS/1.0')).toEqual({});
    expect(parseHeaders('NATS/1.0\r\na: 1')).toEqual({});
  });
});
