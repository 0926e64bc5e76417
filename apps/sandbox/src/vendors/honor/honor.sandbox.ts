import type { OpenVendor, SandboxVendor, VendorSurroundings } from '../../sandbox-vendor.js';
import type { Exchange } from '../../wire/exchange.js';
import { HttpsDoor } from '../../wire/https-door.js';
import { makeCallAnswerer } from '../call-answerer.js';
import { OrderedStorage } from '../ordered-storage.js';
import { honorAccounts } from './honor.accounts.js';
import { type HonorAppRegistration, HonorApps } from './honor.apps.js';
import { appInPath, type HonorSurroundings, isHonorError, sendCall } from './honor.desk.js';
import { HonorOauth, isOauthError, plannedGrant, tokenPaths } from './honor.oauth.js';
import { HonorQuotas } from './honor.quotas.js';
import { makeHonorReceipts } from './honor.receipts.js';
import { appLine, honorRoutes, receiptLine } from './honor.routes.js';
import { honorDefaults, honorFrequencyLimits } from './honor.switches.js';

const port = 'honor';
const tokenEndpoint = 'honor-auth';
const notFound = 404;
const tokenBytes = 48;

/** Honor Push and its token endpoint on one port, under today's names and those from before. */
export const honorSandbox: SandboxVendor = {
  name: 'honor',
  phoneName: 'Honor phone',
  ports: [port],
  otherNames: [tokenEndpoint],
  hosts: [
    'push-api.cloud.honor.com',
    'push-api.cloud.hihonor.com',
    'iam.developer.honor.com',
    'iam.developer.hihonor.com',
  ],
  credentialRefusal: '403',
  frequencyLimits: honorFrequencyLimits,
  open: openHonor,
};

function openHonor({ desk, identity, keep, urlOf }: VendorSurroundings): OpenVendor {
  const apps = new HonorApps();
  const switches = { ...honorDefaults };
  const oauth = new HonorOauth(apps, switches, desk.random, desk.accessTokens.from('honor'));
  const at: HonorSurroundings = { desk, apps, oauth, quotas: new HonorQuotas(switches), switches };
  return {
    doors: [
      new HttpsDoor({
        port,
        identity,
        streamLimit: () => switches.streamLimit,
        onExchange: answerExchanges(at),
      }),
    ],
    switches,
    routes: honorRoutes(apps, keep),
    phones: {
      readDetails: (body) => ({ appId: body.text('appId') }),
      tokenKinds: ['alert'],
      issueToken: () => desk.random.base64url(tokenBytes),
      // There is no collapse key: everything waits, in its order. How much Honor keeps is not documented.
      storageFor: () => new OrderedStorage(),
    },
    accounts: honorAccounts(apps, desk.random, (host) => ({
      endpoint: urlOf(port, host),
      tokenEndpoint: `${urlOf(port, host)}${tokenPaths[0] ?? ''}`,
    })),
    recall: (line) => {
      if (line.type === appLine) apps.register(line['registration'] as HonorAppRegistration);
      if (line.type !== receiptLine) return;
      const { appId, url } = line['receipts'] as { appId: string; url: string | null };
      apps.setReceiptUrl(appId, url);
    },
    answers: (name, reason) => (name === tokenEndpoint ? isOauthError(reason) : isHonorError(reason)),
    pushSettled: makeHonorReceipts(desk, apps, switches),
  };
}

function answerExchanges(at: HonorSurroundings): (exchange: Exchange) => void {
  const answerCall = makeCallAnswerer(at.desk);
  return (exchange) => {
    const appId = appInPath(exchange.path);
    if (appId !== null) return answerCall(exchange, sendCall(at, exchange, appId));
    if (exchange.method !== 'POST' || !tokenPaths.includes(exchange.path))
      return exchange.answer({ status: notFound });
    // Secrets are never kept.
    answerCall(exchange, {
      vendor: tokenEndpoint,
      environment: null,
      topic: null,
      pushType: null,
      targets: [],
      payload: null,
      process: () => at.oauth.grant(exchange, at.desk.clock.now()),
      planned: plannedGrant,
    });
  };
}
