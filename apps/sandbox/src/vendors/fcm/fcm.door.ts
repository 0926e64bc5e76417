import type { ServerIdentity } from '../../authority.js';
import type { PlannedAnswer } from '../../faults.js';
import type { VendorDoor } from '../../sandbox-vendor.js';
import type { Exchange } from '../../wire/exchange.js';
import { errorCode } from '../../wire/frame.js';
import { HttpsDoor } from '../../wire/https-door.js';
import { makeCallAnswerer } from '../call-answerer.js';
import type { VendorDesk } from '../vendor-desk.js';
import { FcmDesk, projectInPath } from './fcm.desk.js';
import { htmlAnswer } from './fcm.errors.js';
import { FcmOauth, refuse, tokenPath, type Grant } from './fcm.oauth.js';
import type { FcmProjects } from './fcm.projects.js';
import type { FcmSwitches } from './fcm.switches.js';
import { FcmTopicDesk } from './fcm.topic-desk.js';
import { FcmTopics } from './fcm.topics.js';

/** Under which name its requests stand in the ledger and in faults. */
export const fcmTokenEndpoint = 'oauth';
const tooManyStreams = 'exceeded_max_concurrent_streams';
const notFound = 404;

/**
 * fcm.googleapis.com and oauth2.googleapis.com on one TLS port, over HTTP/1.1 and HTTP/2. More streams than announced
 * end an HTTP/2 connection with GOAWAY.
 */
export function openFcmDoor(
  port: string,
  desk: VendorDesk,
  projects: FcmProjects,
  switches: FcmSwitches,
  identity: ServerIdentity,
): VendorDoor {
  const memberships = new FcmTopics();
  const oauth = new FcmOauth(projects, switches, desk.random, desk.accessTokens.from('fcm'));
  const sends = new FcmDesk(desk, projects, oauth, memberships, switches);
  const topics = new FcmTopicDesk(desk.phones, oauth, memberships);
  const grant = answerGrants(desk, oauth);
  return new HttpsDoor({
    port,
    identity,
    streamLimit: () => switches.streamLimit,
    onTooMany: (connection) => connection.goAway(errorCode.protocol, tooManyStreams, true),
    onExchange: (exchange) => {
      const project = projectInPath(exchange.path);
      if (exchange.method === 'POST' && project !== null) return sends.handle(exchange, project);
      if (exchange.method === 'POST' && exchange.path === tokenPath) return grant(exchange);
      exchange.answer(topics.answer(exchange, desk.clock.now()) ?? htmlAnswer(notFound, null));
    },
  });
}

/** Assertions are credentials: the ledger never keeps them. */
function answerGrants(desk: VendorDesk, oauth: FcmOauth): (exchange: Exchange) => void {
  const answerCall = makeCallAnswerer(desk);
  return (exchange) => {
    const { headers, body } = exchange;
    const authority = headers[':authority'] ?? headers['host'] ?? '';
    const contentType = headers['content-type'] ?? '';
    answerCall(exchange, {
      vendor: fcmTokenEndpoint,
      environment: null,
      topic: null,
      pushType: null,
      targets: [],
      payload: null,
      process: () => oauth.grant(body.toString('utf8'), contentType, authority, desk.clock.now()),
      planned: plannedGrant,
    });
  };
}

function plannedGrant({ reason, status }: PlannedAnswer): Grant {
  const error = reason ?? (status !== null && status >= 500 ? 'internal_failure' : 'invalid_grant');
  return refuse(error, 'planned', status ?? (error === 'invalid_client' ? 401 : 400));
}
