import { headers, type NatsConnection } from '@nats-io/transport-node';
import { WebSocket as AnySocket } from 'ws';
import type { Town } from '../harness/town.js';
import type { AnyRequest } from './nonsense.js';

const withinMs = 30_000;
const answerTypes = new Set(['error', 'pong', 'sent', 'page', 'ok', 'welcome']);

/** @throws unless the answer is good or a refusal with a code. */
export async function answerOverHttp(town: Town, { method, path, body }: AnyRequest): Promise<void> {
  const response = await fetch(`${town.ready.urls.gateway}${path}`, {
    method,
    body,
    headers: { authorization: `Bearer ${town.serverKey}`, 'content-type': 'application/json' },
  });
  const text = await response.text();
  if (response.status >= 500) throw new Error(`${response.status} ${text}`);
  if (response.status >= 400 && typeof (JSON.parse(text) as { code?: unknown }).code !== 'string')
    throw new Error(`no code in ${text}`);
}

/** @throws unless the frame is answered, or the connection closed with a code of ours. */
export async function answerToFrame(
  url: string,
  frame: string | Buffer,
  token: string | null,
): Promise<void> {
  const socket = new AnySocket(url, 'reveille.v1');
  const heard = new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', (code) =>
      code >= 4400 && code < 4500 ? resolve() : reject(new Error(`closed with ${code}`)),
    );
    const timer = setTimeout(() => reject(new Error('no answer')), withinMs);
    socket.once('close', () => clearTimeout(timer));
    socket.on('message', (data: Buffer) => {
      const { t, id } = JSON.parse(data.toString()) as { t: string; id?: string };
      if (id !== 'l' && answerTypes.has(t)) resolve();
    });
  });
  // Whatever happens before anybody waits for it is told when somebody does.
  heard.catch(() => {});
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  if (token !== null) {
    socket.send(JSON.stringify({ t: 'hello', sdk: 'fuzz', deviceId: 'fuzzer-1' }));
    socket.send(JSON.stringify({ t: 'login', id: 'l', token }));
    await new Promise((resolve) => socket.once('message', resolve));
  }
  socket.send(frame);
  // A frame that needs no answer is followed by one that does.
  socket.send(JSON.stringify({ t: 'ping', id: 'p' }));
  await heard.finally(() => socket.terminate());
}

/** Publishes and waits for the PubAck. @throws when the stream does not take it. */
export async function store(
  nc: NatsConnection,
  subject: string,
  id: string,
  body: string,
  extra: Readonly<Record<string, string>>,
): Promise<void> {
  const all = headers();
  for (const [name, value] of Object.entries(extra)) all.set(name, value);
  all.set('Nats-Msg-Id', id);
  const reply = await nc.request(subject, body, { headers: all, timeout: withinMs });
  const ack = reply.json<{ error?: { description: string } }>();
  if (ack.error !== undefined) throw new Error(`not stored: ${ack.error.description}`);
}
