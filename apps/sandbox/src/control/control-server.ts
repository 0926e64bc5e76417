import http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { decodePart } from '../wire/decode-part.js';
import { listenOn } from '../wire/listen.js';
import { Body, ControlError } from './body.js';

export interface ControlRequest {
  readonly params: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Body;
  readonly response: ServerResponse;
}

/** Gives the value to answer with, or `handled` when it wrote the response itself. */
export type ControlHandler = (request: ControlRequest) => unknown;

export const handled = Symbol('handled');

export interface ControlRoute {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** `/phones/:id/token`: a part that begins with a colon is handed over in `params`. */
  readonly path: string;
  readonly handle: ControlHandler;
}

const bodyCeilingBytes = 16 * 1024 * 1024;
const ok = 200;
const noContent = 204;
const fault = 500;

/** A connection that is closed just when it is used again costs its client the request; a busy client is slow to hear of it. */
const keepAliveMs = 120_000;

/** The HTTP door through which tests and tools steer the sandbox. Loopback only, no authentication. */
export class ControlServer {
  readonly #server: http.Server;
  readonly #routes: { route: ControlRoute; pattern: RegExp }[];

  constructor(
    routes: readonly ControlRoute[],
    private readonly onFault: (error: unknown) => void,
  ) {
    this.#routes = routes.map((route) => ({
      route,
      pattern: new RegExp(`^${route.path.replace(/:[a-z]+/g, '([^/]+)')}$`),
    }));
    this.#server = http.createServer(
      { keepAliveTimeout: keepAliveMs },
      (request, response) => void this.#serve(request, response),
    );
  }

  listen(host: string, port: number): Promise<number> {
    return listenOn(this.#server, host, port);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? '/', 'http://sandbox');
      const { route, params } = this.#find(request.method ?? '', url.pathname);
      const body = Body.parse(await readText(request));
      const answer = await route.handle({ params, query: url.searchParams, body, response });
      if (answer !== handled) writeJson(response, answer === undefined ? noContent : ok, answer);
    } catch (error) {
      if (!(error instanceof ControlError)) this.onFault(error);
      const status = error instanceof ControlError ? error.status : fault;
      if (!response.headersSent)
        writeJson(response, status, { error: error instanceof Error ? error.message : String(error) });
    }
  }

  #find(method: string, path: string): { route: ControlRoute; params: string[] } {
    let isKnownPath = false;
    for (const { route, pattern } of this.#routes) {
      const match = pattern.exec(path);
      if (match === null) continue;
      isKnownPath = true;
      if (route.method === method)
        return { route, params: match.slice(1).map((part) => decodePart(part) ?? part) };
    }
    throw isKnownPath
      ? new ControlError(405, `${method} is not for ${path}`)
      : new ControlError(404, `there is no ${path}`);
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyCeilingBytes) throw new ControlError(400, 'the body is larger than 16 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function writeJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(value === undefined ? undefined : JSON.stringify(value));
}
