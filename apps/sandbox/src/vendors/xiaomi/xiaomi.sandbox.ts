import type { OpenVendor, SandboxVendor, VendorSurroundings } from '../../sandbox-vendor.js';
import { HttpsDoor } from '../../wire/https-door.js';
import type { Exchange } from '../../wire/exchange.js';
import { makeCallAnswerer, type VendorCall } from '../call-answerer.js';
import { OrderedStorage } from '../ordered-storage.js';
import { xiaomiAccounts } from './xiaomi.accounts.js';
import { readApp, type XiaomiApp, XiaomiApps } from './xiaomi.apps.js';
import { xiaomiCodes } from './xiaomi.codes.js';
import { XiaomiPhones } from './xiaomi.phones.js';
import { queryCall, revokeCall, XiaomiMessages } from './xiaomi.queries.js';
import { XiaomiQuotas } from './xiaomi.quotas.js';
import { postReceipt } from './xiaomi.receipts.js';
import { multiCall, plainCall, refusal, sendCall, type XiaomiSurroundings } from './xiaomi.send.js';
import { xiaomiDefaults, xiaomiFrequencyLimits } from './xiaomi.switches.js';

const port = 'xiaomi';
const queries = new Set([
  '/v1/validation/regids',
  '/v1/trace/message/status',
  '/v1/trace/quota/get',
  '/v1/stats/message/counters',
]);

/** Mi Push: registration ids, channels with private templates, callbacks per message. */
export const xiaomiSandbox: SandboxVendor = {
  name: 'xiaomi',
  phoneName: 'Xiaomi phone',
  ports: [port],
  otherNames: [],
  hosts: [
    'api.xmpush.xiaomi.com',
    'vip.api.xmpush.xiaomi.com',
    'feedback.xmpush.xiaomi.com',
    'emq.xmpush.xiaomi.com',
    'sgp-api.xmpush.global.xiaomi.com',
  ],
  credentialRefusal: '21301',
  frequencyLimits: xiaomiFrequencyLimits,
  open: openXiaomi,
};

function openXiaomi({ desk, identity, keep, urlOf }: VendorSurroundings): OpenVendor {
  const apps = new XiaomiApps();
  const switches = { ...xiaomiDefaults };
  const quotas = new XiaomiQuotas(switches);
  const phones = new XiaomiPhones(desk, quotas, switches);
  const messages = new XiaomiMessages();
  const surroundings: XiaomiSurroundings = {
    desk,
    apps,
    quotas,
    phones,
    switches,
    remember: (id, app, tokens) => messages.remember(id, app, tokens),
  };
  const answerCall = makeCallAnswerer(desk);
  return {
    doors: [
      new HttpsDoor({
        port,
        identity,
        streamLimit: () => switches.streamLimit,
        onExchange: (exchange) => answerCall(exchange, callFor(surroundings, messages, exchange)),
      }),
    ],
    switches,
    routes: [
      {
        method: 'PUT',
        path: '/xiaomi/apps',
        handle: ({ body }) => {
          const app = readApp(body);
          apps.register(app);
          keep({ type: 'xiaomi-app', app });
        },
      },
    ],
    phones: {
      readDetails: (body) => ({
        locale: body.textOrNull('locale') ?? 'zh_CN',
        appVersion: body.textOrNull('appVersion') ?? '1.0',
        network: body.oneOf('connection', ['wifi', 'mobile'], 'wifi'),
      }),
      tokenKinds: ['alert'],
      // Registration ids are base64 with `+` and `/`: what is not encoded in a form breaks them.
      issueToken: () => desk.random.base64url(48).replaceAll('-', '+').replaceAll('_', '/'),
      // All are kept for their time to live; what has the same notify id meets on the screen.
      storageFor: () => new OrderedStorage(),
    },
    accounts: xiaomiAccounts(apps, desk.random, (host) => ({ endpoint: urlOf(port, host) })),
    recall: (line) => {
      if (line.type === 'xiaomi-app') apps.register(line['app'] as XiaomiApp);
    },
    answers: (_name, reason) => reason === '0' || xiaomiCodes.has(Number(reason)),
    pushSettled: (phone, push, effect, because) => phones.settled(phone, push, effect, because),
    pushTapped: (phone, { receipt }) => {
      if (receipt !== undefined) postReceipt(desk, phone, receipt, 'clicked');
    },
  };
}

function callFor(at: XiaomiSurroundings, messages: XiaomiMessages, exchange: Exchange): VendorCall {
  const [path = ''] = exchange.path.split('?');
  const send = /^\/v([234])\/message\/regid$/.exec(path);
  if (send !== null) return sendCall(at, exchange, send[1] === '2');
  if (path === '/v2/multi_messages/regids') return multiCall(at, exchange);
  if (/^\/v[123]\/message\/(?:regid|alias|user_account)\/revoke$|^\/v2\/message\/revoke$/.test(path))
    return revokeCall(at, messages, exchange, !path.startsWith('/v3/'));
  if (queries.has(path)) return queryCall(at, messages, exchange, path);
  return plainCall(at, () => refusal(at, 10020), null);
}
