import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '@reveille/bus/testing/wait-until';
import { freePort } from '@reveille/chassis/testing/free-port';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCertificate, requestTo } from '../testing/tls-vendor.js';
import type { VendorAnswer, VendorRequest } from '../vendor.js';
import { HttpsSender, type HttpsSenderOptions } from './https-sender.js';

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Vendor {
  readonly origin: string;
  readonly caFile: string;
  readonly server: Server;
  readonly seen: string[];
  readonly connections: () => number;
}
type OnRequest = (request: IncomingMessage, response: ServerResponse, body: string) => void;

async function vendorThat(onRequest: OnRequest): Promise<Vendor> {
  const { key, certificate } = await makeCertificate();
  const folder = mkdtempSync(join(tmpdir(), 'reveille-vendor-'));
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, certificate);
  const seen: string[] = [];
  let connections = 0;
  const server = createServer({ key, cert: certificate }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push(request.url ?? '');
      onRequest(request, response, Buffer.concat(chunks).toString());
    });
  });
  server.on('secureConnection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `https://127.0.0.1:${port}`, caFile, server, seen, connections: () => connections };
}
function senderFor(caFile: string | null, options: Partial<HttpsSenderOptions> = {}): HttpsSender {
  const sender = new HttpsSender({
    caFile,
    maxConnections: 1,
    now: () => performance.timeOrigin + performance.now(),
    ...options,
  });
  closers.push(() => sender.close(0));
  return sender;
}
const never = new AbortController().signal;
const ok: OnRequest = (_request, response) => void response.end('{}');
const send = (sender: HttpsSender, origin: string, path: string, more: Partial<VendorRequest> = {}) =>
  sender.send(requestTo(origin, path, more), never);

describe('HttpsSender', () => {
  it('connects to no address that is not public where it must not', async () => {
    const vendor = await vendorThat(ok);
    const origin = vendor.origin.replace('127.0.0.1', 'localhost');
    const wary = senderFor(vendor.caFile, { onlyPublicAddresses: true });
    expect(await send(wary, origin, '/a')).toEqual({
      kind: 'not-sent',
      because: 'unreachable',
      cause: 'ENOTPUBLIC',
    });
    expect(vendor.connections()).toBe(0);
    expect(await send(senderFor(vendor.caFile), origin, '/b')).toMatchObject({ kind: 'answered' });
  });

  it('shows status, headers and body, and sends what it was given', async () => {
    const vendor = await vendorThat((request, response, body) => {
      response.writeHead(503, { 'Retry-After': '7', 'x-method': request.method ?? '' });
      response.end(`${String(request.headers['apns-id'])} ${body}`);
    });
    const sender = senderFor(vendor.caFile);
    const answer = await send(sender, vendor.origin, '/a?b=c');
    expect(answer).toMatchObject({
      kind: 'answered',
      status: 503,
      headers: { 'retry-after': '7', 'x-method': 'POST' },
    });
    expect(textOf(answer)).toBe('/a?b=c {}');
    const got = await send(sender, vendor.origin, '/list', { method: 'GET' });
    expect(got).toMatchObject({ headers: { 'x-method': 'GET' } });
    expect(vendor.seen).toEqual(['/a?b=c', '/list']);
  });

  it('keeps one connection open, and opens as many as it may under load', async () => {
    const vendor = await vendorThat((_request, response) => void setImmediate(() => response.end('{}')));
    const one = senderFor(vendor.caFile);
    for (let index = 0; index < 5; index += 1) await send(one, vendor.origin, '/one');
    expect(vendor.connections()).toBe(1);
    const sender = senderFor(vendor.caFile, { maxConnections: 3 });
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => send(sender, vendor.origin, `/${index}`)),
    );
    expect(answers.every(({ kind }) => kind === 'answered')).toBe(true);
    expect(vendor.connections()).toBe(1 + 3);
    expect(new Set(vendor.seen.slice(5)).size).toBe(200);
    expect(vendor.seen).toHaveLength(205);
  });

  it('says that a request is unknown which was cut before or within its answer, and sends it once', async () => {
    const vendor = await vendorThat((request, response) => {
      if (request.url === '/before') return void request.socket.destroy();
      if (request.url === '/within') {
        response.writeHead(200, { 'content-length': '100' });
        response.write('half');
        return void setImmediate(() => request.socket.destroy());
      }
      response.end('{}');
    });
    const sender = senderFor(vendor.caFile);
    await send(sender, vendor.origin, '/warm');
    expect(await send(sender, vendor.origin, '/before')).toMatchObject({ kind: 'unknown', because: 'cut' });
    expect(await send(sender, vendor.origin, '/within')).toMatchObject({ kind: 'unknown', because: 'cut' });
    expect(await send(sender, vendor.origin, '/after')).toMatchObject({ kind: 'answered', status: 200 });
    expect(vendor.seen).toEqual(['/warm', '/before', '/within', '/after']);
  });

  it('says that nothing was sent where there is no connection: nobody listens, or a stranger does', async () => {
    const nobody = await freePort();
    const sender = senderFor(null);
    expect(await send(sender, `https://127.0.0.1:${nobody}`, '/x')).toMatchObject({
      kind: 'not-sent',
      because: 'unreachable',
    });
    const vendor = await vendorThat(ok);
    // Its certificate is signed by nobody whom the system knows.
    expect(await send(sender, vendor.origin, '/x')).toMatchObject({
      kind: 'not-sent',
      because: 'unreachable',
    });
    expect(vendor.seen).toEqual([]);
  });

  it('does not wait for ever: for an answer, for a free connection, for a handshake', async () => {
    const vendor = await vendorThat((request, response) => {
      if (request.url !== '/silent') response.end('{}');
    });
    const sender = senderFor(vendor.caFile, { requestTimeoutMs: 5_000, queueTimeoutMs: 1_500 });
    expect(await send(sender, vendor.origin, '/warm')).toMatchObject({ kind: 'answered' });
    const silent = send(sender, vendor.origin, '/silent');
    const waiting = send(sender, vendor.origin, '/waiting');
    expect(await waiting).toMatchObject({ kind: 'not-sent', because: 'no-stream' });
    expect(await silent).toMatchObject({ kind: 'unknown', because: 'timeout' });
    const mute = createTcpServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    closers.push(() => void mute.close());
    const { port } = mute.address() as AddressInfo;
    const patient = senderFor(vendor.caFile, { connectTimeoutMs: 300 });
    expect(await send(patient, `https://127.0.0.1:${port}`, '/x')).toMatchObject({
      kind: 'not-sent',
      because: 'unreachable',
    });
  });

  it('sends urgent requests before the others that wait, and withdraws what waits', async () => {
    const held: ServerResponse[] = [];
    const vendor = await vendorThat((request, response) => {
      if (request.url === '/first') held.push(response);
      else response.end('{}');
    });
    const sender = senderFor(vendor.caFile);
    const sent = [send(sender, vendor.origin, '/first')];
    await waitUntil('the first is there', () => held.length === 1);
    const leaver = new AbortController();
    const withdrawn = sender.send(requestTo(vendor.origin, '/withdrawn'), leaver.signal);
    sent.push(...['/chat1', '/chat2'].map((path) => send(sender, vendor.origin, path)));
    sent.push(send(sender, vendor.origin, '/call', { isUrgent: true }));
    leaver.abort();
    expect(await withdrawn).toMatchObject({ kind: 'not-sent', because: 'withdrawn' });
    for (const response of held) response.end('{}');
    await Promise.all(sent);
    expect(vendor.seen).toEqual(['/first', '/call', '/chat1', '/chat2']);
  });

  it('closes when what is in flight is answered, and cuts off what outlives the grace', async () => {
    const held: ServerResponse[] = [];
    const vendor = await vendorThat((_request, response) => void held.push(response));
    const sender = senderFor(vendor.caFile, { maxConnections: 2 });
    const inFlight = [send(sender, vendor.origin, '/1'), send(sender, vendor.origin, '/2')];
    await waitUntil('both are there', () => held.length === 2);
    const closed = sender.close(2_000);
    expect(await send(sender, vendor.origin, '/late')).toMatchObject({ because: 'withdrawn' });
    held[0]?.end('{}');
    const answers = await Promise.all(inFlight);
    await closed;
    expect(answers.map(({ kind }) => kind).sort()).toEqual(['answered', 'unknown']);
  });
});

function textOf(answer: VendorAnswer): string {
  return answer.kind === 'answered' ? Buffer.from(answer.body).toString() : answer.kind;
}
