import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';
import { FrameReader } from '@reveille/h2/frame-reader';
import { flag, frameType, setting } from '@reveille/h2/frames';
import { makeCertificate } from './tls-vendor.js';

export interface SinkVendor {
  readonly origin: string;
  readonly caFile: string;
  close(): Promise<void>;
}

const prefaceBytes = 24;
const maxStreams = 1_000;
const windowBytes = 0x7fff_ffff - 65_535;

/**
 * A vendor that answers 200 to everything and reads nothing of it: what a push costs beside it is the sender's own cost. It
 * checks nothing, so it stands in for no vendor anywhere else.
 */
export async function startSinkVendor(): Promise<SinkVendor> {
  const { key, certificate } = await makeCertificate();
  const folder = mkdtempSync(join(tmpdir(), 'reveille-sink-'));
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, certificate);
  const server = createServer({ key, cert: certificate, ALPNProtocols: ['h2'] }, serve);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caFile,
    close: async () => {
      rmSync(folder, { recursive: true });
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function serve(socket: TLSSocket): void {
  let answers: Buffer[] = [];
  let unread = prefaceBytes;
  let received = 0;
  const reader = new FrameReader((type, flags, id, payload) => {
    if (type === frameType.settings && (flags & flag.ack) === 0)
      answers.push(frame(frameType.settings, flag.ack, 0));
    if (type === frameType.ping && (flags & flag.ack) === 0)
      answers.push(frame(frameType.ping, flag.ack, 0, Buffer.from(payload)));
    if (type === frameType.data) received += payload.length;
    const isAsked = type === frameType.data || type === frameType.headers;
    if (isAsked && (flags & flag.endStream) !== 0) answers.push(ok(id));
  });
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  const limits = Buffer.alloc(6);
  limits.writeUInt16BE(setting.maxConcurrentStreams, 0);
  limits.writeUInt32BE(maxStreams, 2);
  socket.write(Buffer.concat([frame(frameType.settings, 0, 0, limits), moreRoom(windowBytes)]));
  socket.on('data', (chunk: Buffer) => {
    const skipped = Math.min(unread, chunk.length);
    unread -= skipped;
    reader.read(chunk.subarray(skipped));
    if (received > windowBytes / 2) {
      answers.push(moreRoom(received));
      received = 0;
    }
    if (answers.length === 0) return;
    socket.write(Buffer.concat(answers));
    answers = [];
  });
}

function frame(type: number, flags: number, id: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, payload]);
}

function moreRoom(bytes: number): Buffer {
  const increment = Buffer.alloc(4);
  increment.writeUInt32BE(bytes);
  return frame(frameType.windowUpdate, 0, 0, increment);
}

/** `:status 200` is entry 8 of the static table. */
function ok(id: number): Buffer {
  return frame(frameType.headers, flag.endHeaders | flag.endStream, id, Buffer.from([0x88]));
}
