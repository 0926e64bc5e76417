import type { ServerHttp2Stream } from 'node:http2';
import { afterEach, describe, expect, it } from 'vitest';
import { requestTo, startTlsVendor, type TlsVendor } from '../testing/tls-vendor.js';
import type { VendorAnswer, VendorRequest } from '../vendor.js';
import { Http2Sender, type Http2SenderOptions } from './http2-sender.js';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type OnStream = Parameters<typeof startTlsVendor>[0];
async function vendorThat(
  onStream: OnStream,
  options?: Parameters<typeof startTlsVendor>[1],
): Promise<TlsVendor> {
  const vendor = await startTlsVendor(onStream, options);
  closers.push(vendor.close);
  return vendor;
}
function senderFor(vendor: TlsVendor, options: Partial<Http2SenderOptions> = {}): Http2Sender {
  const sender = new Http2Sender({
    caFile: vendor.caFile,
    maxConnections: 1,
    endsConnection: () => false,
    now: () => performance.timeOrigin + performance.now(),
    random: () => 0.5,
    ...options,
  });
  closers.push(() => sender.close(0));
  return sender;
}
const never = new AbortController().signal;
const accept = (stream: ServerHttp2Stream) => {
  stream.respond({ ':status': 200, 'apns-id': 'x' }, { endStream: true });
};
const burst = (sender: Http2Sender, origin: string, count: number, more: Partial<VendorRequest> = {}) =>
  Promise.all(
    Array.from({ length: count }, (_, index) => sender.send(requestTo(origin, `/${index}`, more), never)),
  );
const count = (answers: readonly VendorAnswer[], kind: VendorAnswer['kind']) =>
  answers.filter((answer) => answer.kind === kind).length;
/** Asks again until the answer is not about a stream that was not processed: what the job loop does. */
async function insist(sender: Http2Sender, request: VendorRequest): Promise<VendorAnswer> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    const answer = await sender.send(request, never);
    if (answer.kind !== 'not-sent') return answer;
    await new Promise(setImmediate);
  }
  throw new Error('never sent');
}

describe('Http2Sender', () => {
  it('connects to no address that is not public where it must not', async () => {
    const vendor = await vendorThat(accept);
    const origin = vendor.origin.replace('127.0.0.1', 'localhost');
    const wary = senderFor(vendor, { onlyPublicAddresses: true });
    expect(await wary.send(requestTo(origin, '/a'), never)).toMatchObject({
      kind: 'not-sent',
      because: 'unreachable',
    });
    expect(vendor.sessions).toHaveLength(0);
    expect(await senderFor(vendor).send(requestTo(origin, '/b'), never)).toMatchObject({ kind: 'answered' });
  });

  it('shows status, headers and body, and sends what it was given', async () => {
    const vendor = await vendorThat((stream, headers, body) => {
      stream.respond({
        ':status': 429,
        'retry-after': '2',
        'x-path': headers[':path'] ?? '',
        'x-authority': headers[':authority'] ?? '',
      });
      stream.end(`{"reason":"TooManyRequests","got":${body.length}}`);
    });
    const answer = await senderFor(vendor).send(
      requestTo(vendor.origin, '/3/device/ab', { body: Buffer.alloc(4096, 'a') }),
      never,
    );
    if (answer.kind !== 'answered') throw new Error(answer.cause);
    expect(answer.status).toBe(429);
    expect(answer.headers).toMatchObject({
      'retry-after': '2',
      'x-path': '/3/device/ab',
      'x-authority': new URL(vendor.origin).host,
    });
    expect(Buffer.from(answer.body).toString()).toBe('{"reason":"TooManyRequests","got":4096}');
  });

  it('sends one request until the server allows more, and loses none of 500', async () => {
    let open = 0;
    let most = 0;
    let first = true;
    const paths = new Set<string>();
    const vendor = await vendorThat(
      (stream, headers) => {
        open += 1;
        if (!first) most = Math.max(most, open);
        else expect(open).toBe(1);
        paths.add(String(headers[':path']));
        setImmediate(() => {
          open -= 1;
          accept(stream);
          if (first) stream.session?.settings({ maxConcurrentStreams: 100 });
          first = false;
        });
      },
      { maxConcurrentStreams: 1 },
    );
    const answers = await burst(senderFor(vendor), vendor.origin, 500);
    expect(count(answers, 'answered')).toBe(500);
    expect(paths.size).toBe(500);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(100);
    expect(vendor.sessions).toHaveLength(1);
  });

  it('after a GOAWAY in the middle of 500: nothing lost, nothing twice, nothing unknown', async () => {
    const seen: string[] = [];
    let streams = 0;
    let lastId = 0;
    const vendor = await vendorThat(
      (stream, headers) => {
        streams += 1;
        if (streams === 250) {
          lastId = stream.id ?? 0;
          stream.session?.goaway(0, lastId);
        }
        // Streams above the last one are, as the server has said, not processed.
        if (lastId !== 0 && vendor.sessions.length === 1 && (stream.id ?? 0) > lastId) return;
        seen.push(String(headers[':path']));
        accept(stream);
      },
      { maxConcurrentStreams: 1_000 },
    );
    const sender = senderFor(vendor);
    let again = 0;
    const answers = await Promise.all(
      Array.from({ length: 500 }, async (_, index) => {
        const answer = await sender.send(requestTo(vendor.origin, `/${index}`), never);
        if (answer.kind !== 'not-sent') return answer;
        again += 1;
        expect(answer.because).toBe('goaway');
        return insist(sender, requestTo(vendor.origin, `/${index}`));
      }),
    );
    expect(count(answers, 'answered')).toBe(500);
    expect(again).toBe(250);
    expect(seen).toHaveLength(500);
    expect(new Set(seen).size).toBe(500);
    expect(vendor.sessions).toHaveLength(2);
  });

  it('after a GOAWAY with an error: what is below its last stream is unknown, what is above was not sent', async () => {
    const held: ServerHttp2Stream[] = [];
    const vendor = await vendorThat((stream) => {
      held.push(stream);
      if (held.length === 20) stream.session?.goaway(2, held[9]?.id ?? 0);
    });
    const answers = await burst(senderFor(vendor), vendor.origin, 20);
    expect(answers.slice(0, 10).map(({ kind }) => kind)).toEqual(Array.from({ length: 10 }, () => 'unknown'));
    expect(answers.slice(10).map(({ kind }) => kind)).toEqual(Array.from({ length: 10 }, () => 'not-sent'));
  });

  it('a refused stream was not sent', async () => {
    const vendor = await vendorThat((stream) => stream.close(7), { waitsForBody: false });
    expect(await senderFor(vendor).send(requestTo(vendor.origin, '/1'), never)).toMatchObject({
      kind: 'not-sent',
      because: 'refused',
    });
  });

  it('a reset, and a cut before the answer, leave it unknown; a cut after the answer does not', async () => {
    const vendor = await vendorThat((stream, headers) => {
      if (headers[':path'] === '/reset') stream.close(2);
      if (headers[':path'] === '/cut') stream.session?.socket.destroy();
      if (headers[':path'] === '/half') {
        stream.respond({ ':status': 410 });
        stream.write('{"reason":', () => stream.session?.socket.destroy());
      }
      if (headers[':path'] === '/after') accept(stream);
    });
    const sender = senderFor(vendor);
    expect(await sender.send(requestTo(vendor.origin, '/reset'), never)).toMatchObject({
      kind: 'unknown',
      because: 'cut',
    });
    expect(await sender.send(requestTo(vendor.origin, '/after'), never)).toMatchObject({
      kind: 'answered',
      status: 200,
    });
    vendor.sessions[0]?.socket.destroy();
    expect(await insist(sender, requestTo(vendor.origin, '/half'))).toMatchObject({
      kind: 'unknown',
      because: 'cut',
    });
    expect(await senderFor(vendor).send(requestTo(vendor.origin, '/cut'), never)).toMatchObject({
      kind: 'unknown',
      because: 'cut',
    });
  });

  it('what waited when the connection was cut is sent on the next one', async () => {
    let requests = 0;
    const vendor = await vendorThat(
      (stream) => {
        requests += 1;
        if (requests === 6) stream.session?.socket.destroy();
        else accept(stream);
      },
      { maxConcurrentStreams: 1 },
    );
    const answers = await burst(senderFor(vendor), vendor.origin, 20);
    expect([count(answers, 'answered'), count(answers, 'unknown')]).toEqual([19, 1]);
    expect(requests).toBe(20);
  });

  it('a request without an answer times out by itself; the others go on', async () => {
    const vendor = await vendorThat((stream, headers) => {
      if (headers[':path'] !== '/slow') accept(stream);
    });
    const sender = senderFor(vendor, { requestTimeoutMs: 3_000 });
    const slow = sender.send(requestTo(vendor.origin, '/slow'), never);
    expect(count(await burst(sender, vendor.origin, 50), 'answered')).toBe(50);
    expect(await slow).toMatchObject({ kind: 'unknown', because: 'timeout' });
    expect(await sender.send(requestTo(vendor.origin, '/later'), never)).toMatchObject({ kind: 'answered' });
    expect(vendor.sessions).toHaveLength(1);
  });

  it('follows a limit that goes down and up again', async () => {
    let open = 0;
    let lowered = false;
    const tooMany: number[] = [];
    const vendor = await vendorThat((stream, headers) => {
      open += 1;
      if (lowered && open > 1) tooMany.push(open);
      if (headers[':path'] === '/lower') {
        stream.session?.settings({ maxConcurrentStreams: 1 }, () => {
          lowered = true;
          open -= 1;
          accept(stream);
        });
        return;
      }
      setImmediate(() => {
        open -= 1;
        accept(stream);
      });
    });
    const sender = senderFor(vendor);
    await sender.send(requestTo(vendor.origin, '/lower'), never);
    expect(count(await burst(sender, vendor.origin, 50), 'answered')).toBe(50);
    expect(tooMany).toEqual([]);
  });

  it('says unreachable while nobody listens, waits before it connects again, and comes back', async () => {
    const vendor = await vendorThat(accept);
    const { port } = new URL(vendor.origin);
    await new Promise((resolve) => {
      vendor.server.close(resolve);
    });
    let now = 1_000_000;
    const sender = senderFor(vendor, { now: () => now });
    const first = await burst(sender, vendor.origin, 3);
    expect(first.map((answer) => answer.kind === 'not-sent' && answer.because)).toEqual([
      'unreachable',
      'unreachable',
      'unreachable',
    ]);
    expect(await sender.send(requestTo(vendor.origin, '/1'), never)).toMatchObject({
      because: 'unreachable',
      cause: expect.stringContaining('due in'),
    });
    await new Promise<void>((resolve) => {
      vendor.server.listen(Number(port), '127.0.0.1', resolve);
    });
    now += 60_000;
    expect(await sender.send(requestTo(vendor.origin, '/1'), never)).toMatchObject({
      kind: 'answered',
      status: 200,
    });
  });

  it("refuses a stranger's certificate", async () => {
    const vendor = await vendorThat(accept);
    expect(
      await senderFor(vendor, { caFile: null }).send(requestTo(vendor.origin, '/1'), never),
    ).toMatchObject({ kind: 'not-sent', because: 'unreachable' });
  });

  it('bounds its queue, withdraws what waits when asked, and says so of what found no stream', async () => {
    const held: ServerHttp2Stream[] = [];
    const vendor = await vendorThat((stream) => void held.push(stream), { maxConcurrentStreams: 1 });
    const sender = senderFor(vendor, { maxQueued: 3, queueTimeoutMs: 3_000 });
    const inFlight = sender.send(requestTo(vendor.origin, '/1'), never);
    await vendor.until(() => held.length === 1);
    const halt = new AbortController();
    const waiting = [
      sender.send(requestTo(vendor.origin, '/2'), halt.signal),
      sender.send(requestTo(vendor.origin, '/3'), halt.signal),
    ];
    const patient = sender.send(requestTo(vendor.origin, '/4'), never);
    expect(await sender.send(requestTo(vendor.origin, '/5'), never)).toMatchObject({ because: 'queue-full' });
    halt.abort();
    for (const answer of await Promise.all(waiting))
      expect(answer).toMatchObject({ kind: 'not-sent', because: 'withdrawn' });
    expect(await sender.send(requestTo(vendor.origin, '/6'), halt.signal)).toMatchObject({
      because: 'withdrawn',
    });
    expect(await patient).toMatchObject({ kind: 'not-sent', because: 'no-stream' });
    for (const stream of held) accept(stream);
    expect(await inFlight).toMatchObject({ kind: 'answered' });
    expect(held).toHaveLength(1);
  });

  it('sends urgent requests before the others that wait', async () => {
    const order: string[] = [];
    const held: ServerHttp2Stream[] = [];
    const vendor = await vendorThat(
      (stream, headers) => {
        order.push(String(headers[':path']));
        if (order.length === 1) held.push(stream);
        else accept(stream);
      },
      { maxConcurrentStreams: 1 },
    );
    const sender = senderFor(vendor);
    const sent = [sender.send(requestTo(vendor.origin, '/first'), never)];
    await vendor.until(() => held.length === 1);
    sent.push(...['/chat1', '/chat2'].map((path) => sender.send(requestTo(vendor.origin, path), never)));
    sent.push(sender.send(requestTo(vendor.origin, '/call', { isUrgent: true }), never));
    for (const stream of held) accept(stream);
    await Promise.all(sent);
    expect(order).toEqual(['/first', '/call', '/chat1', '/chat2']);
  });

  it('opens further connections only under load, seconds apart, and none shared between keys', async () => {
    const vendor = await vendorThat((stream) => void setImmediate(() => accept(stream)), {
      maxConcurrentStreams: 10,
    });
    let time = 1_000_000;
    const patient = { requestTimeoutMs: 1e9, queueTimeoutMs: 1e9 };
    // Every look at the clock takes two milliseconds of its time, so that the load lasts for seconds.
    const sender = senderFor(vendor, { ...patient, maxConnections: 3, now: () => (time += 2) });
    await burst(sender, vendor.origin, 8);
    expect(sender.load().connections).toBe(1);
    await sender.send(requestTo(vendor.origin, '/x', { connectionKey: 'other' }), never);
    expect(vendor.sessions).toHaveLength(2);
    const answers = await burst(sender, vendor.origin, 3_000);
    expect(count(answers, 'answered')).toBe(3_000);
    expect(sender.load().connections).toBe(4);
  });

  it('leaves a connection that the vendor has had enough of', async () => {
    const vendor = await vendorThat(function answer(stream) {
      stream.respond({ ':status': 429 });
      stream.end('enough');
    });
    const sender = senderFor(vendor, {
      endsConnection: (answer) =>
        answer.kind === 'answered' && Buffer.from(answer.body).toString() === 'enough',
    });
    await sender.send(requestTo(vendor.origin, '/1'), never);
    await sender.send(requestTo(vendor.origin, '/2'), never);
    expect(vendor.sessions).toHaveLength(2);
  });

  it('closes when what is in flight is answered', async () => {
    const held: ServerHttp2Stream[] = [];
    const vendor = await vendorThat((stream) => void held.push(stream));
    const sender = senderFor(vendor);
    const inFlight = burst(sender, vendor.origin, 5);
    await vendor.until(() => held.length === 5);
    const closed = sender.close(60_000);
    expect(await sender.send(requestTo(vendor.origin, '/late'), never)).toMatchObject({
      because: 'withdrawn',
    });
    for (const stream of held) accept(stream);
    expect(count(await inFlight, 'answered')).toBe(5);
    await closed;
    await vendor.until(() => vendor.sessions[0]?.destroyed === true);
  });

  it('cuts off what outlives the grace, and says that it is unknown', async () => {
    const held: ServerHttp2Stream[] = [];
    const vendor = await vendorThat((stream) => void held.push(stream));
    const sender = senderFor(vendor);
    const inFlight = burst(sender, vendor.origin, 5);
    await vendor.until(() => held.length === 5);
    await sender.close(50);
    expect(count(await inFlight, 'unknown')).toBe(5);
  });
});
