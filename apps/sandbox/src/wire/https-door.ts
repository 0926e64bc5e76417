import type { ServerIdentity } from '../authority.js';
import type { VendorDoor } from '../sandbox-vendor.js';
import type { Exchange } from './exchange.js';
import { Http2Connection } from './http2-connection.js';
import { TlsListener } from './tls-listener.js';

export interface HttpsDoorOptions {
  readonly port: string;
  readonly identity: ServerIdentity;
  /** Default: both. A client without ALPN speaks HTTP/1.1. */
  readonly protocols?: readonly ('h2' | 'http/1.1')[];
  /** Streams per HTTP/2 connection; one above it is refused, or what `onTooMany` does. */
  streamLimit(): number;
  onTooMany?(connection: Http2Connection): void;
  onExchange(exchange: Exchange): void;
}

export interface HttpsDoorStatistics {
  readonly connectionsOpened: number;
  readonly http2ConnectionsOpen: number;
  readonly requestsOverHttp1: number;
  readonly requestsOverHttp2: number;
}

/** A vendor's TLS port where nothing is particular about the connection: every request is an exchange. */
export class HttpsDoor implements VendorDoor {
  readonly port: string;
  readonly #listener: TlsListener;
  #http1 = 0;
  #http2 = 0;

  constructor(options: HttpsDoorOptions) {
    this.port = options.port;
    const { identity, onTooMany } = options;
    const onExchange = (exchange: Exchange): void => {
      if (exchange.protocol === 'h2') this.#http2++;
      else this.#http1++;
      options.onExchange(exchange);
    };
    this.#listener = new TlsListener({
      key: identity.key,
      certificate: identity.certificate,
      protocols: options.protocols ?? ['h2', 'http/1.1'],
      asksForCertificate: false,
      mendScheme: true,
      openHttp2: (id, tap) =>
        new Http2Connection({
          id,
          tap,
          streamLimit: options.streamLimit(),
          onExchange,
          ...(onTooMany === undefined ? {} : { onTooMany }),
        }),
      onHttp1Exchange: onExchange,
    });
  }

  listen(host: string, port: number): Promise<number> {
    return this.#listener.listen(host, port);
  }

  close(): Promise<void> {
    return this.#listener.close();
  }

  statistics(): HttpsDoorStatistics {
    return {
      connectionsOpened: this.#listener.connectionsOpened,
      http2ConnectionsOpen: this.#listener.connections.size,
      requestsOverHttp1: this.#http1,
      requestsOverHttp2: this.#http2,
    };
  }
}
