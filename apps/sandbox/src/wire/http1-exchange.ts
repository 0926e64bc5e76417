import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyCeilingBytes, type Exchange } from './exchange.js';

/** Reads an HTTP/1.1 request to its end and hands it over as an exchange. */
export function collectHttp1Exchange(
  request: IncomingMessage,
  response: ServerResponse,
  connectionId: number,
  onExchange: (exchange: Exchange) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('error', () => request.destroy());
  response.on('error', () => request.destroy());
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > bodyCeilingBytes) request.destroy();
    else chunks.push(chunk);
  });
  request.on('end', () => {
    if (size > bodyCeilingBytes) return;
    onExchange(exchangeOf(request, response, connectionId, Buffer.concat(chunks)));
  });
}

function exchangeOf(
  request: IncomingMessage,
  response: ServerResponse,
  connectionId: number,
  body: Buffer,
): Exchange {
  const cut = (): void => void request.socket.destroy();
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers as Record<string, string | undefined>,
    repeatedHeaders: [],
    body,
    protocol: 'http/1.1',
    connectionId,
    streamId: 0,
    answer: ({ status, headers, body: answerBody }) => {
      if (response.destroyed) return;
      const content = answerBody ?? '';
      response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(content) });
      response.end(content);
    },
    reset: cut,
    cut,
    silence: () => request.socket.pause(),
    goAway: () => {
      cut();
      return true;
    },
  };
}
