import type { ServerIdentity } from '../../authority.js';
import type { PlannedAnswer } from '../../faults.js';
import type { VendorDoor } from '../../sandbox-vendor.js';
import { decodePart } from '../../wire/decode-part.js';
import type { Exchange } from '../../wire/exchange.js';
import { HttpsDoor } from '../../wire/https-door.js';
import { makeCallAnswerer } from '../call-answerer.js';
import type { VendorDesk } from '../vendor-desk.js';
import type { HuaweiApps } from './huawei.apps.js';
import { HuaweiBearers } from './huawei.bearer.js';
import { pageAnswer } from './huawei.codes.js';
import { HuaweiDesk } from './huawei.desk.js';
import { HuaweiOauth, isSubError, refuseGrant, tokenPath, type HuaweiGrant } from './huawei.oauth.js';
import { DeviceQuotas } from '../device-quotas.js';
import { answerRevocations } from './huawei.revoke.js';
import type { HuaweiSwitches } from './huawei.switches.js';

/** Under which name its requests stand in the ledger and in faults. */
export const huaweiTokenEndpoint = 'huawei-auth';
const pathForm = /^\/(v1|v2)\/([^/]+)\/messages:(send|revoke)$/;
const notFound = 404;
const methodNotAllowed = 405;
const serverError = 500;
const streamLimit = 100;

/** push-api.cloud.huawei.com and oauth-login.cloud.huawei.com on one TLS port. HTTP/2 is not documented and taken all the same. */
export function openHuaweiDoor(
  port: string,
  desk: VendorDesk,
  apps: HuaweiApps,
  switches: HuaweiSwitches,
  identity: ServerIdentity,
): VendorDoor {
  const oauth = new HuaweiOauth(apps, switches, desk.random, desk.accessTokens.from('huawei'));
  const bearers = new HuaweiBearers(apps, oauth);
  const sends = new HuaweiDesk(desk, apps, bearers, new DeviceQuotas(switches), switches);
  const revoke = answerRevocations(desk, sends);
  const grant = answerGrants(desk, oauth);
  return new HttpsDoor({
    port,
    identity,
    streamLimit: () => streamLimit,
    onExchange: (exchange) => {
      const [path = ''] = exchange.path.split('?');
      const [, api, part, verb] = pathForm.exec(path) ?? [];
      const isToken = path === tokenPath;
      if (!isToken && part === undefined) return exchange.answer(pageAnswer(notFound, null));
      if (exchange.method !== 'POST') return exchange.answer(pageAnswer(methodNotAllowed, null));
      if (isToken) return grant(exchange);
      const id = decodePart(part ?? '') ?? '';
      if (verb === 'send') return sends.handle(exchange, { api: api === 'v2' ? 'v2' : 'v1', id });
      if (api === 'v1') return revoke(exchange, id);
      exchange.answer(pageAnswer(notFound, null));
    },
  });
}

/** Secrets are credentials: the ledger never keeps them. */
function answerGrants(desk: VendorDesk, oauth: HuaweiOauth): (exchange: Exchange) => void {
  const answerCall = makeCallAnswerer(desk);
  return (exchange) => {
    const { headers, body } = exchange;
    answerCall(exchange, {
      vendor: huaweiTokenEndpoint,
      environment: null,
      topic: null,
      pushType: null,
      targets: [],
      payload: null,
      process: () => oauth.grant(body.toString('utf8'), headers['content-type'] ?? '', desk.clock.now()),
      planned: plannedGrant,
    });
  };
}

function plannedGrant({ reason, status, retryAfterSeconds }: PlannedAnswer): HuaweiGrant {
  if (reason !== null && isSubError(reason)) return refuseGrant(reason);
  const page = status ?? serverError;
  return { answer: pageAnswer(page, retryAfterSeconds), reason: String(page) };
}
