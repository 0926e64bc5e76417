import { RefusedError, UnavailableError } from '@reveille/contracts/errors';
import { clientFrameSchema, serverFrameSchema } from '@reveille/contracts/ws/frames';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorFrame, readFrame, writeFrame } from './frame-codec.js';
import { WaitRefusedError } from './refuse.js';

describe('readFrame', () => {
  it('reads what the contract describes, unknown fields left out', () => {
    const text = '{"t":"ack","messageIds":["m1"],"later":"field"}';
    expect(readFrame(text)).toEqual({ kind: 'frame', frame: { t: 'ack', messageIds: ['m1'] } });
  });

  it.each([
    ['', 'frame-invalid', undefined],
    ['null', 'frame-invalid', undefined],
    ['[]', 'frame-invalid', undefined],
    ['{"t":1,"id":"a"}', 'frame-invalid', 'a'],
    ['{"t":"toString","id":"a"}', 'frame-unknown', 'a'],
    ['{"t":"ack","id":"a","messageIds":[]}', 'frame-invalid', 'a'],
    ['{"t":"ping","id":7}', 'frame-invalid', undefined],
  ])('refuses %s', (text, code, id) => {
    expect(readFrame(text)).toMatchObject({ kind: 'refused', code, id });
  });

  it('answers any text, and what it reads fits the contract', () => {
    const words = fc.constantFrom('hello', 'login', 'send', 'ack', 'state', 'inbox', 'ping', 'logout', 'x');
    const frames = fc.record(
      {
        t: fc.oneof(words, fc.jsonValue()),
        id: fc.oneof(fc.string(), fc.jsonValue()),
        deviceId: fc.oneof(fc.stringMatching(/^\w{1,8}$/), fc.jsonValue()),
        sdk: fc.oneof(fc.string(), fc.jsonValue()),
        messageIds: fc.oneof(fc.array(fc.stringMatching(/^\w{1,8}$/)), fc.jsonValue()),
        background: fc.oneof(fc.boolean(), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          frames.map((frame) => JSON.stringify(frame)),
        ),
        (text) => {
          const read = readFrame(text);
          if (read.kind === 'frame') expect(clientFrameSchema.parse(read.frame)).toEqual(read.frame);
          else expect(serverFrameSchema.safeParse(refusalOf(read)).success).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

function refusalOf({ id, code, message }: Extract<ReturnType<typeof readFrame>, { kind: 'refused' }>) {
  return { t: 'error', ...(id === undefined ? {} : { id }), code, message, retryAfterMs: null };
}

describe('errorFrame', () => {
  it('tells a refusal as it is, with the time to wait where there is one', () => {
    expect(errorFrame('a', new RefusedError('forbidden', 'no'))).toEqual({
      t: 'error',
      id: 'a',
      code: 'forbidden',
      message: 'no',
      retryAfterMs: null,
    });
    expect(errorFrame(undefined, new WaitRefusedError('rate-limited', 'slower', 70))).toEqual({
      t: 'error',
      code: 'rate-limited',
      message: 'slower',
      retryAfterMs: 70,
    });
  });

  it('tells a fault that may pass when to try again, and of a bug nothing', () => {
    expect(errorFrame('a', new UnavailableError('10.0.0.7 is down'))).toMatchObject({
      code: 'unavailable',
      retryAfterMs: 1_000,
    });
    const bug = errorFrame('a', new TypeError('secret of the house'));
    expect(bug).toMatchObject({ code: 'unavailable', retryAfterMs: null });
    expect(writeFrame(bug)).not.toContain('secret');
  });
});
