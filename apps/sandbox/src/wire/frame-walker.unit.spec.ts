import { expect, test } from 'vitest';
import { goawayFrame } from './frame.js';
import { FrameWalker } from './frame-walker.js';

const settings = Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100]);
const data = Buffer.concat([Buffer.from([0, 0, 5, 0, 1, 0, 0, 0, 1]), Buffer.from('hello')]);
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const upper = (frame: Buffer): Buffer => Buffer.concat([frame.subarray(0, 9), Buffer.from('REWRITTEN')]);

test.each([1, 2, 3, 7, 9, 13, 1_000])('frames are found whatever the chunks are: %i bytes each', (size) => {
  const seen: Buffer[] = [];
  const walker = new FrameWalker(4, (frame) => (seen.push(Buffer.from(frame)), upper(frame)), preface.length);
  const stream = Buffer.concat([preface, data, settings, data, settings]);
  const out: Buffer[] = [];
  for (let at = 0; at < stream.length; at += size) out.push(...walker.walk(stream.subarray(at, at + size)));
  expect(seen).toEqual([settings, settings]);
  expect(Buffer.concat(out)).toEqual(Buffer.concat([preface, data, upper(settings), data, upper(settings)]));
  expect(walker.atBoundary).toBe(true);
});

test('the middle of a frame is no boundary', () => {
  const walker = new FrameWalker(4, (frame) => frame);
  walker.walk(data.subarray(0, 11));
  expect(walker.atBoundary).toBe(false);
  walker.walk(data.subarray(11));
  expect(walker.atBoundary).toBe(true);
  walker.walk(settings.subarray(0, 4));
  expect(walker.atBoundary).toBe(false);
});

test('a GOAWAY frame names stream, code and words', () => {
  const frame = goawayFrame(5, 1, 'why');
  expect([...frame]).toEqual([0, 0, 11, 7, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 1, ...Buffer.from('why')]);
});
