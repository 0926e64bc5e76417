import { actOnFault } from '../../act-on-fault.js';
import type { ServerIdentity } from '../../authority.js';
import type { FaultAction } from '../../faults.js';
import type { Answer, Exchange } from '../../wire/exchange.js';
import { errorCode } from '../../wire/frame.js';
import { Http2Connection } from '../../wire/http2-connection.js';
import type { Http2Tap } from '../../wire/http2-tap.js';
import { TlsListener } from '../../wire/tls-listener.js';
import type { VendorDesk } from '../vendor-desk.js';
import { FcmDesk, projectInPath } from './fcm.desk.js';
import { htmlAnswer } from './fcm.errors.js';
import { FcmOauth, refuse, tokenPath, type Grant } from './fcm.oauth.js';
import type { FcmProjects } from './fcm.projects.js';
import type { FcmSwitches } from './fcm.switches.js';
import { FcmTopicDesk } from './fcm.topic-desk.js';
import { FcmTopics } from './fcm.topics.js';

const tooManyStreams = 'exceeded_max_concurrent_streams';
const notFound = 404;

export interface FcmStatistics {
  readonly connectionsOpened: number;
  readonly http2ConnectionsOpen: number;
  readonly requestsOverHttp1: number;
  readonly requestsOverHttp2: number;
}

/**
 * fcm.googleapis.com and oauth2.googleapis.com on one TLS port, over HTTP/1.1 and HTTP/2. More streams than announced
 * end an HTTP/2 connection with GOAWAY.
 */
export class FcmSimulator {
  readonly #listener: TlsListener;
  readonly #oauth: FcmOauth;
  readonly #sends: FcmDesk;
  readonly #topics: FcmTopicDesk;
  #http1 = 0;
  #http2 = 0;

  constructor(
    private readonly desk: VendorDesk,
    projects: FcmProjects,
    private readonly switches: FcmSwitches,
    identity: ServerIdentity,
  ) {
    const topics = new FcmTopics();
    this.#oauth = new FcmOauth(projects, switches, desk.random);
    this.#sends = new FcmDesk(desk, projects, this.#oauth, topics, switches);
    this.#topics = new FcmTopicDesk(desk.phones, this.#oauth, topics);
    this.#listener = new TlsListener({
      key: identity.key,
      certificate: identity.certificate,
      protocols: ['h2', 'http/1.1'],
      asksForCertificate: false,
      mendScheme: true,
      openHttp2: (id, tap) => this.#open(id, tap),
      onHttp1Exchange: (exchange) => this.#onExchange(exchange),
    });
  }

  listen(host: string, port: number): Promise<number> {
    return this.#listener.listen(host, port);
  }

  close(): Promise<void> {
    return this.#listener.close();
  }

  statistics(): FcmStatistics {
    return {
      connectionsOpened: this.#listener.connectionsOpened,
      http2ConnectionsOpen: this.#listener.connections.size,
      requestsOverHttp1: this.#http1,
      requestsOverHttp2: this.#http2,
    };
  }

  #open(id: number, tap: Http2Tap): Http2Connection {
    return new Http2Connection({
      id,
      tap,
      streamLimit: this.switches.streamLimit,
      onExchange: (exchange) => this.#onExchange(exchange),
      onTooMany: (connection) => connection.goAway(errorCode.protocol, tooManyStreams, true),
    });
  }

  #onExchange(exchange: Exchange): void {
    if (exchange.protocol === 'h2') this.#http2++;
    else this.#http1++;
    const project = projectInPath(exchange.path);
    if (exchange.method === 'POST' && project !== null) return this.#sends.handle(exchange, project);
    if (exchange.method === 'POST' && exchange.path === tokenPath) return this.#grant(exchange);
    exchange.answer(this.#topics.answer(exchange, this.desk.clock.now()) ?? htmlAnswer(notFound, null));
  }

  #grant(exchange: Exchange): void {
    const arrivedAt = this.desk.clock.machineNow();
    const { headers } = exchange;
    const authority = headers[':authority'] ?? headers['host'] ?? '';
    const fault = this.desk.faults.match({
      vendor: 'oauth',
      token: null,
      phoneId: null,
      topic: null,
      environment: null,
    });
    actOnFault<string | null>(exchange, fault, {
      process: () => {
        const { answer, reason } = this.#oauth.grant(
          exchange.body.toString('utf8'),
          headers['content-type'] ?? '',
          authority,
          this.desk.clock.now(),
        );
        return { answer, note: reason };
      },
      planned: (action) => {
        const { answer, reason } = plannedGrant(action);
        return { answer, note: reason };
      },
      unprocessed: () => null,
      record: (reason, answer, kind) => this.#record(exchange, arrivedAt, reason, answer, kind),
      latencyMs: () => 0,
      after: this.desk.after,
    });
  }

  /** Assertions are credentials: the ledger never keeps them. */
  #record(
    exchange: Exchange,
    arrivedAt: number,
    reason: string | null,
    answer: Answer | null,
    fault: FaultAction['kind'] | null,
  ): void {
    this.desk.ledger.append({
      arrivedAt,
      vendor: 'oauth',
      environment: null,
      token: null,
      phoneId: null,
      topic: null,
      vendorId: null,
      apnsId: null,
      collapseId: null,
      tag: null,
      pushType: null,
      status: answer?.status ?? null,
      reason,
      retryAfterSeconds: null,
      effect: null,
      fault,
      traceparent: exchange.headers['traceparent'] ?? null,
      connection: exchange.connectionId,
      stream: exchange.streamId,
      payload: null,
    });
  }
}

function plannedGrant({ reason, status }: Extract<FaultAction, { kind: 'answer' }>): Grant {
  const error = reason ?? (status !== null && status >= 500 ? 'internal_failure' : 'invalid_grant');
  return refuse(error, 'planned', status ?? (error === 'invalid_client' ? 401 : 400));
}
