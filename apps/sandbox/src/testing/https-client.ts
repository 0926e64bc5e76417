import http2 from 'node:http2';
import https from 'node:https';
import { once } from 'node:events';
import { isIP } from 'node:net';

export interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface PlainRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** One HTTP/1.1 request over a connection of its own, in the name of one of the vendors' hosts. */
export function requestHttp1(
  port: number,
  ca: string,
  host: string,
  request: PlainRequest,
): Promise<PlainAnswer> {
  return new Promise((resolve, reject) => {
    const sent = https.request(
      {
        host: '127.0.0.1',
        port,
        ca,
        ...serverNameOf(host),
        agent: false,
        method: request.method ?? 'POST',
        path: request.path,
        headers: { host, ...request.headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers as Record<string, string>,
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(request.body);
  });
}

/** TLS names hosts, not addresses. */
function serverNameOf(host: string): { servername?: string } {
  const servername = host.replace(/:\d+$/, '');
  return isIP(servername) === 0 ? { servername } : {};
}

/** An HTTP/2 connection to a vendor's port. */
export async function openHttp2(
  port: number,
  ca: string,
  host: string,
  options: http2.SecureClientSessionOptions = {},
): Promise<http2.ClientHttp2Session> {
  const session = http2.connect(`https://127.0.0.1:${port}`, { ca, servername: host, ...options });
  session.on('error', () => session.destroy());
  await once(session, 'remoteSettings');
  return session;
}

/** One request on an HTTP/2 connection; rejects when the stream ends without an answer. */
export function requestHttp2(session: http2.ClientHttp2Session, request: PlainRequest): Promise<PlainAnswer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': request.method ?? 'POST',
      ':path': request.path,
      ...request.headers,
    });
    let headers: Record<string, string> = {};
    const chunks: Buffer[] = [];
    stream.on('response', (response) => {
      headers = response as Record<string, string>;
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('close', () => {
      const status = Number(headers[':status'] ?? 0);
      if (status === 0) return reject(Object.assign(new Error('no answer'), { rstCode: stream.rstCode }));
      resolve({ status, headers, body: Buffer.concat(chunks).toString('utf8') });
    });
    // A GET has ended already.
    if (!stream.writableEnded) stream.end(request.body);
  });
}
