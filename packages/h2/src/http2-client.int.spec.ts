import {
  createServer,
  type Http2Server,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type ConnectionHandler, Http2Client } from './http2-client.js';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
type Fate = Answer | { readonly reset: number } | 'lost';

/** A server of Node's own HTTP/2, without TLS: that is the socket's matter. */
async function serverThat(
  onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, body: Buffer) => void,
  settings: Parameters<typeof createServer>[0] = {},
): Promise<{ server: Http2Server; sessions: Http2Session[]; port: number }> {
  const server = createServer(settings);
  const sessions: Http2Session[] = [];
  server.on('session', (session) => sessions.push(session));
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => onStream(stream, headers, Buffer.concat(chunks)));
    stream.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return { server, sessions, port: (server.address() as AddressInfo).port };
}

async function clientOf(port: number, handler: Partial<ConnectionHandler> = {}): Promise<Http2Client> {
  const socket = connect(port, '127.0.0.1');
  closers.push(() => socket.destroy());
  let settled: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (settled = resolve));
  const client = new Http2Client(socket, {
    onSettings: (limit) => {
      handler.onSettings?.(limit);
      settled();
    },
    onGoaway: (...given) => handler.onGoaway?.(...given),
    onClose: (cause) => handler.onClose?.(cause),
  });
  await ready;
  return client;
}

function send(
  client: Http2Client,
  path: string,
  body: string | Buffer = '{}',
  headers: Record<string, string> = {},
  uniqueHeaders: readonly string[] = [],
): Promise<Fate> {
  return new Promise((resolve) => {
    client.request(
      { method: 'POST', path, authority: 'vendor.example', headers, uniqueHeaders },
      Buffer.from(body),
      {
        onAnswer: (status, answered, content) =>
          resolve({ status, headers: answered, body: content.toString() }),
        onReset: (reset) => resolve({ reset }),
        onLost: () => resolve('lost'),
      },
    );
  });
}

describe("against Node's own HTTP/2", () => {
  it('says what it was told to say, and reads the answer', async () => {
    const { port } = await serverThat((stream, headers, body) => {
      stream.respond({
        ':status': 201,
        'x-path': String(headers[':path']),
        'x-token': String(headers['x-token']),
      });
      stream.end(`${String(headers[':authority'])} ${body.toString()}`);
    });
    const client = await clientOf(port);
    for (let round = 0; round < 3; round += 1)
      expect(await send(client, `/${round}`, 'hello', { 'x-token': `t${round}` }, ['x-token'])).toMatchObject(
        {
          status: 201,
          headers: { 'x-path': `/${round}`, 'x-token': `t${round}` },
          body: 'vendor.example hello',
        },
      );
    expect(client.openStreams).toBe(0);
  });

  it('carries bodies larger than every window, both ways', async () => {
    const { port } = await serverThat((stream, _headers, body) => {
      stream.respond({ ':status': 200, 'x-size': String(body.length) });
      stream.end(Buffer.alloc(3_000_000, 'a'));
    });
    const client = await clientOf(port);
    const answers = await Promise.all(
      Array.from({ length: 4 }, (_, index) => send(client, `/${index}`, Buffer.alloc(400_000, 'b'))),
    );
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 200, headers: { 'x-size': '400000' } });
    // And the connection still works: every window was given back.
    for (let index = 0; index < 8; index += 1)
      expect(await send(client, '/again', Buffer.alloc(200_000))).toMatchObject({ status: 200 });
  });

  it('follows a window that shrinks while a body is on its way', async () => {
    const { port, sessions } = await serverThat(
      (stream, _headers, body) => {
        stream.respond({ ':status': 200, 'x-size': String(body.length) });
        stream.end();
      },
      { settings: { initialWindowSize: 1_000 } },
    );
    const client = await clientOf(port);
    const big = send(client, '/big', Buffer.alloc(100_000));
    sessions[0]?.settings({ initialWindowSize: 200_000 });
    expect(await big).toMatchObject({ headers: { 'x-size': '100000' } });
    sessions[0]?.settings({ initialWindowSize: 10 });
    expect(await send(client, '/small', Buffer.alloc(500))).toMatchObject({ headers: { 'x-size': '500' } });
  });

  it('header blocks longer than a frame, interim answers, trailers, empty answers', async () => {
    const { port } = await serverThat(
      (stream, headers) => {
        if (headers[':path'] === '/empty') return stream.respond({ ':status': 204 }, { endStream: true });
        stream.additionalHeaders({ ':status': 103, link: '</x>' });
        stream.respond({ ':status': 200, 'x-long': 'y'.repeat(40_000) }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'x-after': 'z' }));
        stream.end(String(String(headers['x-long']).length));
      },
      { maxHeaderListPairs: 100, settings: { maxHeaderListSize: 200_000 } },
    );
    const client = await clientOf(port);
    expect(await send(client, '/empty', '')).toMatchObject({ status: 204, body: '' });
    const long = await send(client, '/long', '{}', { 'x-long': 'x'.repeat(30_000) });
    expect(long).toMatchObject({ status: 200, body: '30000', headers: { 'x-long': 'y'.repeat(40_000) } });
  });

  it('works where the server keeps no header table', async () => {
    const { port } = await serverThat(
      (stream, headers) => {
        stream.respond({ ':status': 200 });
        stream.end(String(headers['x-same']));
      },
      { settings: { headerTableSize: 0 } },
    );
    const client = await clientOf(port);
    for (let round = 0; round < 3; round += 1)
      expect(await send(client, '/', '{}', { 'x-same': 'value' })).toMatchObject({ body: 'value' });
  });

  it('tells a reset from a cut, answers pings, and hears a GOAWAY', async () => {
    const { port, sessions } = await serverThat((stream, headers) => {
      if (headers[':path'] === '/reset') stream.close(8);
      if (headers[':path'] === '/ok') stream.respond({ ':status': 200 }, { endStream: true });
    });
    const said: unknown[] = [];
    const client = await clientOf(port, {
      onGoaway: (code, last, data) => {
        said.push([code, last, data.toString()]);
        sessions[0]?.destroy();
      },
      onClose: (cause) => said.push(cause),
    });
    expect(await send(client, '/reset')).toEqual({ reset: 8 });
    expect(await send(client, '/ok')).toMatchObject({ status: 200 });
    await new Promise<void>((pong) => client.ping(pong));
    await new Promise<void>((pong) => sessions[0]?.ping(() => pong()));
    const lost = send(client, '/silent');
    sessions[0]?.goaway(0, 5, Buffer.from('bye'));
    expect(await lost).toBe('lost');
    // Node says good-bye a second time when it is destroyed.
    expect([said[0], said.at(-1)]).toEqual([[0, 5, 'bye'], null]);
    expect(client.isClosed).toBe(true);
  });
});

/** A server that says exactly these bytes after its SETTINGS. */
async function hostile(bytes: Buffer): Promise<{ cause: string | null; fate: Fate }> {
  const server = createTcpServer((socket: Socket) => {
    socket.on('error', () => undefined);
    socket.write(Buffer.from('000000040000000000', 'hex'));
    socket.once('data', () => setImmediate(() => socket.write(bytes)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  let onClose: (cause: string | null) => void = () => undefined;
  const closed = new Promise<string | null>((resolve) => (onClose = resolve));
  const client = await clientOf((server.address() as AddressInfo).port, { onClose });
  const fate = send(client, '/');
  return { cause: await closed, fate: await fate };
}
const frame = (type: number, flags: number, stream: number, payload: string): Buffer => {
  const content = Buffer.from(payload, 'hex');
  const head = Buffer.alloc(9);
  head.writeUIntBE(content.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, content]);
};

describe('a server that breaks the protocol is left, and what was asked is lost', () => {
  it.each([
    ['a frame longer than allowed', Buffer.from('ffffff000000000001', 'hex')],
    ['a header block that cannot be read', frame(1, 4, 1, 'ffffffffff')],
    [
      'a header block that is interrupted',
      Buffer.concat([frame(1, 0, 1, '88'), frame(6, 0, 0, '0000000000000000')]),
    ],
    ['a CONTINUATION of nothing', frame(9, 4, 1, '88')],
    ['more padding than content', frame(0, 8, 1, '05aa')],
    ['a window that grows by nothing', frame(8, 0, 0, '00000000')],
    ['a window beyond the largest', frame(4, 0, 0, '0004ffffffff')],
    ['SETTINGS that are cut short', frame(4, 0, 0, '0004')],
    ['a PING of another size', frame(6, 0, 0, '00')],
    ['a short GOAWAY', frame(7, 0, 0, '00')],
    ['a promised push', frame(5, 4, 1, '0000000288')],
  ])('%s', async (_name, bytes) => {
    const { cause, fate } = await hostile(bytes);
    expect(cause).toEqual(expect.any(String));
    expect(fate).toBe('lost');
  });

  it('frames that nobody knows, priorities and padded answers are no harm', async () => {
    const server = createTcpServer((socket: Socket) => {
      socket.on('error', () => undefined);
      socket.write(Buffer.from('000000040000000000', 'hex'));
      const answer = Buffer.concat([
        frame(0x42, 0xff, 1, 'abcdef'),
        frame(2, 0, 1, '0000000010'),
        // Padding of two, a priority, `:status: 200`.
        frame(1, 0x4 | 0x8 | 0x20, 1, '0200000000108800'.concat('00')),
        frame(0, 0x8 | 0x1, 1, '0161'.concat('00')),
      ]);
      // Byte by byte: the network cuts where it likes.
      socket.once('data', () => {
        for (const byte of answer) socket.write(Buffer.from([byte]));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => server.close());
    const client = await clientOf((server.address() as AddressInfo).port);
    expect(await send(client, '/')).toMatchObject({ status: 200, body: 'a' });
  });
});
