import http from 'node:http';
import type { Socket } from 'node:net';
import tls from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { collectHttp1Exchange } from './http1-exchange.js';
import type { Exchange } from './exchange.js';
import type { Http2Connection } from './http2-connection.js';
import { Http2Tap } from './http2-tap.js';
import { listenOn } from './listen.js';

export interface TlsListenerOptions {
  readonly key: string;
  readonly certificate: string;
  readonly protocols: readonly ('h2' | 'http/1.1')[];
  /** Asks the client for a certificate; whether it is a known one is the vendor's matter. */
  readonly asksForCertificate: boolean;
  readonly mendScheme: boolean;
  /** Called before the handshake: false refuses the connection. */
  admits?(socket: Socket): boolean;
  openHttp2(id: number, tap: Http2Tap, socket: TLSSocket): Http2Connection;
  onHttp1Exchange?(exchange: Exchange): void;
}

/** Connections are numbered over all listeners, so that a ledger entry names one of them. */
let lastConnectionId = 0;

/** A TLS port that speaks what ALPN agrees on. TLS 1.2 is the least; without a common protocol the handshake fails. */
export class TlsListener {
  readonly #server: tls.Server;
  readonly #http1: http.Server;
  readonly #sockets = new Set<Socket>();
  readonly connections = new Set<Http2Connection>();
  connectionsOpened = 0;

  constructor(private readonly options: TlsListenerOptions) {
    this.#http1 = http.createServer({ keepAliveTimeout: 120_000, requestTimeout: 0 });
    this.#server = tls.createServer(
      {
        key: options.key,
        cert: options.certificate,
        ALPNProtocols: [...options.protocols],
        minVersion: 'TLSv1.2',
        requestCert: options.asksForCertificate,
        rejectUnauthorized: false,
      },
      (socket) => this.#open(socket),
    );
    this.#server.on('connection', (socket: Socket) => this.#track(socket));
    this.#server.on('tlsClientError', (_error, socket) => socket.destroy());
    this.#http1.on('request', (request, response) => {
      const id = (request.socket as TLSSocket & { connectionId?: number }).connectionId ?? 0;
      collectHttp1Exchange(request, response, id, (exchange) => this.options.onHttp1Exchange?.(exchange));
    });
  }

  listen(host: string, port: number): Promise<number> {
    return listenOn(this.#server, host, port);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.connections) connection.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #track(socket: Socket): void {
    if (this.options.admits?.(socket) === false) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #open(socket: TLSSocket): void {
    const id = ++lastConnectionId;
    this.connectionsOpened++;
    socket.on('error', () => socket.destroy());
    if (socket.alpnProtocol === 'h2') {
      const tap = new Http2Tap(socket, { mendScheme: this.options.mendScheme });
      const connection = this.options.openHttp2(id, tap, socket);
      this.connections.add(connection);
      socket.once('close', () => this.connections.delete(connection));
      return;
    }
    if (!this.options.protocols.includes('http/1.1')) {
      socket.destroy();
      return;
    }
    Object.assign(socket, { connectionId: id });
    this.#http1.emit('connection', socket);
  }
}
