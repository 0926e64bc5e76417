import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SpanCollector {
  readonly url: string;
  /** All that was exported so far, as it came. */
  received(): Buffer;
  close(): Promise<void>;
}

/** Takes whatever is exported over OTLP/HTTP and keeps its bytes. */
export async function startSpanCollector(): Promise<SpanCollector> {
  const chunks: Buffer[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: () => Buffer.concat(chunks),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
