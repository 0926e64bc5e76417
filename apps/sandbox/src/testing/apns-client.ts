import { once } from 'node:events';
import http2, { type ClientHttp2Session } from 'node:http2';

export interface ApnsAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly reason: string | null;
}

/** A plain HTTP/2 client of ours for one connection: whatever it is told goes on the wire. */
export class ApnsClient {
  private constructor(readonly session: ClientHttp2Session) {}

  static async open(port: number, ca: string, options: http2.SecureClientSessionOptions = {}): Promise<ApnsClient> {
    const session = http2.connect(`https://127.0.0.1:${port}`, { ca, servername: 'api.push.apple.com', ...options });
    session.on('error', () => session.destroy());
    await once(session, 'remoteSettings');
    return new ApnsClient(session);
  }

  get streamLimit(): number {
    return this.session.remoteSettings.maxConcurrentStreams ?? 0;
  }

  /** Rejects when the stream ends without an answer; the error's `code` names why. */
  request(headers: http2.OutgoingHttpHeaders, body: string | Buffer): Promise<ApnsAnswer> {
    return new Promise((resolve, reject) => {
      const stream = this.session.request({ ':method': 'POST', ...headers });
      let status = 0;
      let answered: Record<string, string> = {};
      const chunks: Buffer[] = [];
      stream.on('response', (response) => {
        status = Number(response[':status']);
        answered = response as Record<string, string>;
      });
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', reject);
      stream.on('close', () => {
        if (status === 0) return reject(Object.assign(new Error('no answer'), { rstCode: stream.rstCode }));
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status, headers: answered, body: text, reason: reasonIn(text) });
      });
      stream.end(body);
    });
  }

  close(): void {
    this.session.destroy();
  }
}

function reasonIn(body: string): string | null {
  if (!body.startsWith('{')) return null;
  const { reason } = JSON.parse(body) as { reason?: string };
  return reason ?? null;
}
