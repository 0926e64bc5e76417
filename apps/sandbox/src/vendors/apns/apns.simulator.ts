import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ServerIdentity } from '../../authority.js';
import type { VendorDoor } from '../../sandbox-vendor.js';
import type { Exchange } from '../../wire/exchange.js';
import { errorCode } from '../../wire/frame.js';
import { Http2Connection } from '../../wire/http2-connection.js';
import type { Http2Tap } from '../../wire/http2-tap.js';
import { TlsListener } from '../../wire/tls-listener.js';
import type { VendorDesk } from '../vendor-desk.js';
import type { ApnsConnection, ClientCertificate } from './apns.connection.js';
import { ApnsDesk } from './apns.desk.js';
import type { ApnsEnvironment } from './apns.environment.js';
import type { ApnsKeys } from './apns.keys.js';
import { apnsReasons, gone, type ApnsReason } from './apns.reasons.js';
import type { ApnsSwitches } from './apns.switches.js';

const minuteMs = 60_000;
/** With token authentication one stream is allowed until a push was accepted. */
const firstStreamLimit = 1;
/** An error share says nothing before this many requests. */
const requestsBeforeShareCounts = 100;

export interface ApnsStatistics {
  readonly connectionsOpened: number;
  readonly connectionsOpen: number;
  readonly peakStreams: number;
  readonly refusedStreams: number;
  readonly providerTokensSeen: number;
}

/**
 * One of Apple's two hosts on a port of its own: TLS 1.2 or later, HTTP/2 only.
 *
 * A connection begins with one stream. The first accepted push opens it up. Errors may narrow it again or end it with
 * GOAWAY, as the switches say.
 */
export class ApnsSimulator implements VendorDoor {
  readonly #listener: TlsListener;
  readonly #desk: ApnsDesk;
  readonly #opened = new Map<string, { since: number; count: number }>();
  #peakStreams = 0;
  #refusedStreams = 0;

  constructor(
    readonly port: string,
    readonly environment: ApnsEnvironment,
    private readonly desk: VendorDesk,
    private readonly keys: ApnsKeys,
    private readonly switches: ApnsSwitches,
    identity: ServerIdentity,
  ) {
    this.#desk = new ApnsDesk(desk, keys, switches, (connection, reason) => this.#settle(connection, reason));
    this.#listener = new TlsListener({
      key: identity.key,
      certificate: identity.certificate,
      protocols: ['h2'],
      asksForCertificate: true,
      mendScheme: false,
      admits: (socket) => this.#admits(socket),
      openHttp2: (id, tap, socket) => this.#open(id, tap, socket),
    });
  }

  listen(host: string, port: number): Promise<number> {
    return this.#listener.listen(host, port);
  }

  close(): Promise<void> {
    return this.#listener.close();
  }

  statistics(): ApnsStatistics {
    return {
      connectionsOpened: this.#listener.connectionsOpened,
      connectionsOpen: this.#listener.connections.size,
      peakStreams: this.#peakStreams,
      refusedStreams: this.#refusedStreams,
      providerTokensSeen: this.#desk.providerTokensSeen,
    };
  }

  #open(id: number, tap: Http2Tap, socket: TLSSocket): Http2Connection {
    const certificate = certificateOf(socket, this.keys);
    const wire = new Http2Connection({
      id,
      tap,
      streamLimit: certificate.kind === 'none' ? firstStreamLimit : this.switches.certificateStreamLimit,
      onExchange: (exchange) => this.#onExchange(connection, exchange),
      onRefused: () => this.#refusedStreams++,
      onClose: () => {
        if (connection.idleTimer !== null) clearTimeout(connection.idleTimer);
      },
    });
    const connection: ApnsConnection = {
      environment: this.environment,
      wire,
      certificate,
      bound: null,
      token: null,
      blockedUntil: 0,
      requests: 0,
      errors: 0,
      badDeviceTokens: 0,
      idleTimer: null,
    };
    this.#watchIdle(connection);
    return wire;
  }

  #onExchange(connection: ApnsConnection, exchange: Exchange): void {
    connection.requests++;
    this.#peakStreams = Math.max(this.#peakStreams, connection.wire.peakStreams);
    this.#watchIdle(connection);
    this.#desk.handle(connection, exchange);
  }

  /** What an answer means for its connection. */
  #settle(connection: ApnsConnection, reason: ApnsReason | null): void {
    const { wire } = connection;
    const openLimit =
      connection.certificate.kind === 'none'
        ? this.switches.streamLimit
        : this.switches.certificateStreamLimit;
    if (reason === null) return wire.setStreamLimit(openLimit);
    if (apnsReasons[reason] === gone) return;
    connection.errors++;
    if (reason === 'BadDeviceToken') connection.badDeviceTokens++;
    if (this.switches.lowersStreamsAfterRejection) wire.setStreamLimit(firstStreamLimit);
    const { badDeviceTokensToGoaway: most, errorShareToGoaway: share } = this.switches;
    const hasTooManyBad = most > 0 && connection.badDeviceTokens >= most;
    const hasTooManyErrors =
      share > 0 &&
      connection.requests >= requestsBeforeShareCounts &&
      connection.errors / connection.requests > share;
    if (hasTooManyBad || hasTooManyErrors) sayGoodbye(connection, reason);
  }

  #watchIdle(connection: ApnsConnection): void {
    if (this.switches.idleTimeoutMs === 0) return;
    if (connection.idleTimer !== null) clearTimeout(connection.idleTimer);
    connection.idleTimer = setTimeout(
      () => sayGoodbye(connection, 'IdleTimeout'),
      this.switches.idleTimeoutMs,
    );
  }

  #admits(socket: Socket): boolean {
    const limit = this.switches.connectionsPerMinute;
    if (limit === 0) return true;
    const now = this.desk.clock.now();
    const address = socket.remoteAddress ?? '';
    const opened = this.#opened.get(address);
    const current = opened !== undefined && now < opened.since + minuteMs ? opened : { since: now, count: 0 };
    current.count++;
    this.#opened.set(address, current);
    return current.count <= limit;
  }
}

function sayGoodbye(connection: ApnsConnection, reason: ApnsReason): void {
  connection.wire.goAway(errorCode.none, JSON.stringify({ reason }));
}

function certificateOf(socket: TLSSocket, keys: ApnsKeys): ClientCertificate {
  const fingerprint = socket.getPeerX509Certificate()?.fingerprint256;
  if (fingerprint === undefined) return { kind: 'none' };
  const registration = keys.findCertificate(fingerprint);
  return registration === null ? { kind: 'unknown' } : { kind: 'known', registration };
}
