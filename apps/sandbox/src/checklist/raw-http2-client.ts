import { once } from 'node:events';
import tls from 'node:tls';
import type { PlainRequest } from '../testing/https-client.js';

export interface RawExchange {
  /** Status of each stream, in the order of the requests; 0 = none came. */
  readonly statuses: readonly number[];
  readonly goaway: { readonly code: number; readonly lastStreamId: number; readonly debug: string } | null;
}

export interface RawRequests {
  readonly port: number;
  readonly ca: string;
  readonly host: string;
  readonly request: PlainRequest;
  readonly count: number;
  /** `https:` is what firebase-admin sends. */
  readonly scheme: 'https' | 'https:';
  /** One after the other on the connection, or all of them in one write, whatever SETTINGS say. */
  readonly atOnce: boolean;
}

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const type = { data: 0, headers: 1, settings: 4, goaway: 7 } as const;
const flag = { endStream: 1, ack: 1, endHeaders: 4 } as const;
const indexed = { methodPost: 0x83, schemeHttps: 0x87, firstDynamic: 0x80 | 62 };
/** `:scheme` by its index, to be remembered in the header table. */
const rememberedScheme = 0x40 | 6;
const indexedStatus200 = 0x88;
const patienceMs = 5_000;

function frame(kind: number, flags: number, streamId: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(kind, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** A string that is not Huffman coded, with its length as a 7-bit prefix integer. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length: number[] = [];
  if (bytes.length < 127) length.push(bytes.length);
  else {
    length.push(127);
    let rest = bytes.length - 127;
    for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) | 128);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}

const plainField = (name: string, value: string): Buffer =>
  Buffer.concat([Buffer.from([0]), text(name), text(value)]);

function requestFrames({ request, scheme, host }: RawRequests, streamId: number): Buffer {
  const body = Buffer.from(request.body ?? '');
  const isFirst = streamId === 1;
  const schemeField = isFirst
    ? Buffer.concat([Buffer.from([rememberedScheme]), text(scheme)])
    : Buffer.from([indexed.firstDynamic]);
  const block = Buffer.concat([
    Buffer.from([indexed.methodPost]),
    scheme === 'https' ? Buffer.from([indexed.schemeHttps]) : schemeField,
    plainField(':authority', host),
    plainField(':path', request.path),
    ...Object.entries(request.headers ?? {}).map(([name, value]) => plainField(name, value)),
  ]);
  return Buffer.concat([
    frame(type.headers, flag.endHeaders, streamId, block),
    frame(type.data, flag.endStream, streamId, body),
  ]);
}

/** An HTTP/2 client written out frame by frame, for what no library lets a client do wrong. */
export async function exchangeRaw(requests: RawRequests): Promise<RawExchange> {
  const socket = tls.connect({
    host: '127.0.0.1',
    port: requests.port,
    ca: requests.ca,
    servername: requests.host,
    ALPNProtocols: ['h2'],
  });
  await once(socket, 'secureConnect');
  const statuses = new Array<number>(requests.count).fill(0);
  let goaway: RawExchange['goaway'] = null;
  let received = Buffer.alloc(0);
  const ended = new Promise<void>((resolve) => {
    const timer = setTimeout(() => socket.destroy(), patienceMs);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  const streamOf = (index: number): number => 2 * index + 1;
  const onFrame = (kind: number, flags: number, streamId: number, payload: Buffer): void => {
    if (kind === type.settings && (flags & flag.ack) === 0)
      socket.write(frame(type.settings, flag.ack, 0, Buffer.alloc(0)));
    if (kind === type.goaway) {
      goaway = {
        lastStreamId: payload.readUInt32BE(0),
        code: payload.readUInt32BE(4),
        debug: payload.subarray(8).toString('utf8'),
      };
    }
    if (kind === type.headers) {
      const index = (streamId - 1) / 2;
      statuses[index] = payload[0] === indexedStatus200 ? 200 : -1;
      const next = index + 1;
      if (!requests.atOnce && next < requests.count) socket.write(requestFrames(requests, streamOf(next)));
      if (statuses.every((status) => status !== 0)) socket.end();
    }
  };
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 9 && received.length >= 9 + received.readUIntBE(0, 3)) {
      const end = 9 + received.readUIntBE(0, 3);
      onFrame(received[3] ?? 0, received[4] ?? 0, received.readUInt32BE(5), received.subarray(9, end));
      received = received.subarray(end);
    }
  });
  const first = requests.atOnce
    ? statuses.map((_, index) => requestFrames(requests, streamOf(index)))
    : [requestFrames(requests, 1)];
  socket.write(Buffer.concat([Buffer.from(preface), frame(type.settings, 0, 0, Buffer.alloc(0)), ...first]));
  await ended;
  return { statuses, goaway };
}
