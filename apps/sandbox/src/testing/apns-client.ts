import http2 from 'node:http2';
import { openHttp2, requestHttp2, type PlainAnswer } from './https-client.js';

export interface ApnsAnswer extends PlainAnswer {
  readonly reason: string | null;
}

/** A plain HTTP/2 client of ours for one connection: whatever it is told goes on the wire. */
export class ApnsClient {
  private constructor(readonly session: http2.ClientHttp2Session) {}

  static async open(
    port: number,
    ca: string,
    options: http2.SecureClientSessionOptions = {},
  ): Promise<ApnsClient> {
    const session = await openHttp2(port, ca, 'api.push.apple.com', options);
    return new ApnsClient(session);
  }

  /** As soon as TLS stands, before the server's SETTINGS: what a client may do that does not wait for them. */
  static async openUnsettled(
    port: number,
    ca: string,
    options: http2.SecureClientSessionOptions,
  ): Promise<ApnsClient> {
    const session = http2.connect(`https://127.0.0.1:${port}`, {
      ca,
      servername: 'api.push.apple.com',
      ...options,
    });
    session.on('error', () => session.destroy());
    return new ApnsClient(session);
  }

  get streamLimit(): number {
    return this.session.remoteSettings.maxConcurrentStreams ?? 0;
  }

  /** Rejects when the stream ends without an answer; the error's `code` names why. */
  async request(headers: http2.OutgoingHttpHeaders, body: string): Promise<ApnsAnswer> {
    const { ':path': path, ...rest } = headers;
    const answer = await requestHttp2(this.session, {
      path: String(path),
      headers: rest as Record<string, string>,
      body,
    });
    return { ...answer, reason: reasonIn(answer.body) };
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
