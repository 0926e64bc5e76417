import type { Check, Checks } from './rows.js';
import { said, type Service, type VapidParts, type WebpushBench } from './webpush-bench.js';

const hour = 3_600;
const services: readonly Service[] = ['rfc', 'google', 'mozilla', 'apple', 'microsoft'];

const vapid =
  (parts: (bench: WebpushBench) => VapidParts, service: Service = 'rfc') =>
  (bench: WebpushBench): Promise<string> =>
    bench.say({ vapid: parts(bench) }, service);
const claims = (given: Record<string, unknown>, service: Service = 'rfc') =>
  vapid(() => ({ claims: given }), service);

/** The same at every service, in the order rfc, Google, Mozilla, Apple, Microsoft. */
const everywhere =
  (one: (bench: WebpushBench, service: Service) => Promise<string>) =>
  async (bench: WebpushBench): Promise<string> => {
    const answers: string[] = [];
    for (const service of services) answers.push(await one(bench, service));
    return answers.join(', ');
  };

async function gone(bench: WebpushBench, service: Service): Promise<string> {
  const browser = await bench.browser(service);
  await bench.control.delete(`/phones/${browser.phoneId}/app`);
  return said(await bench.push(browser));
}

async function unknown(bench: WebpushBench, service: Service): Promise<string> {
  const browser = await bench.browser(service);
  return said(await bench.push(browser, { path: `${new URL(browser.subscription.endpoint).pathname}x` }));
}

async function busy(bench: WebpushBench, service: Service): Promise<string> {
  await bench.control.put('/switches', { webpush: { perSubscriptionPerMinute: 1, retryAfterSeconds: 7 } });
  const browser = await bench.browser(service);
  await bench.push(browser);
  return said(await bench.push(browser));
}

const largest: Readonly<Record<Service, number>> = {
  rfc: 4_096,
  google: 4_096,
  mozilla: 4_096,
  apple: 4_096,
  microsoft: 5_000,
};

interface VapidUse {
  readonly publicKey: string;
  readonly tokensLastHour: number;
}

async function tokensCounted(bench: WebpushBench): Promise<string> {
  const browser = await bench.browser('apple');
  const signWith = bench.keys.stranger;
  const own = await bench.browser('apple', { applicationServerKey: signWith.publicKey });
  await bench.push(browser);
  const once = bench.vapid({ signWith });
  for (const authorization of [once, once, bench.vapid({ signWith })])
    await bench.push(own, { authorization });
  const { vapidTokens } = await bench.control.get<{ vapidTokens: VapidUse[] }>('/webpush/vapid-tokens');
  const use = vapidTokens.find(({ publicKey }) => publicKey === signWith.publicKey);
  return `${use?.tokensLastHour ?? 0} tokens within the hour`;
}

const plannedErrnos = [102, 103, 104, 105, 106, 109, 110, 111, 112, 113, 114, 201, 202, 900, 901, 902, 903];
const plannedReasons = [
  'BadTtl',
  'BadUrgency',
  'BadWebPushRequest',
  'BadWebPushTopic',
  'IdleTimeout',
  'VapidPkHashMismatch',
  'BadAuthorizationHeader',
  'BadJwtToken',
  'BadVapidPublicKey',
  'BadPath',
  'MethodNotAllowed',
  'PayloadTooLarge',
  'TooManyRequests',
  'InternalServerError',
  'ServiceUnavailable',
  'Shutdown',
];

async function allPlanned(
  bench: WebpushBench,
  reasons: readonly string[],
  service: Service,
): Promise<string> {
  const answers: string[] = [];
  for (const reason of reasons) answers.push(await bench.planned({ reason }, service));
  return answers.join(', ');
}

const broken =
  (kind: string): Check<WebpushBench> =>
  async (bench) => {
    const browser = await bench.browser();
    await bench.control.put('/faults', { vendor: 'webpush', token: browser.token, kind, count: 1 });
    const answer = await bench.push(browser).then(said, () => 'no answer');
    return `${answer}, ${(await bench.screen(browser)).notifications.length} shown`;
  };

export const webpushServiceChecks: Checks<WebpushBench> = {
  '5.3.4-1': vapid(() => ({})),
  '5.3.4-2': (bench) => bench.say({ authorization: null }),
  '5.3.4-3': (bench) => bench.say({ authorization: 'Bearer abc' }),
  '5.3.4-4': vapid(() => ({ k: 'AAAA' })),
  '5.3.4-5': vapid(({ keys }) => ({ signWith: keys.stranger, k: keys.sender.publicKey })),
  '5.3.4-6': vapid(() => ({ header: { alg: 'ES384' } })),
  '5.3.4-7': claims({ aud: 'https://push.example.org' }),
  '5.3.4-8': vapid(({ origin }) => ({ claims: { aud: ['https://push.example.org', origin] } })),
  '5.3.4-9': vapid((bench) => ({ claims: { exp: bench.seconds(-1) } })),
  '5.3.4-10': vapid((bench) => ({ claims: { exp: bench.seconds(24 * hour) } })),
  '5.3.4-11': vapid((bench) => ({ claims: { exp: bench.seconds(25 * hour) } })),
  '5.3.4-12': claims({ exp: undefined }),
  '5.3.4-13': claims({ sub: undefined }),
  '5.3.4-14': claims({ sub: undefined }, 'apple'),
  '5.3.4-15': claims({ sub: 'https://chat.example.org/contact' }, 'apple'),
  '5.3.4-16': claims({ sub: 'ops@chat.example.org' }),
  '5.3.4-17': async (bench) => {
    const header = bench.vapid();
    const [, t = '', k = ''] = /t=([^,]+), k=(.+)$/.exec(header) ?? [];
    return bench.say({ authorization: `vapid k=${k},t=${t}` });
  },
  '5.3.4-18': vapid(({ keys }) => ({ signWith: keys.stranger })),
  '5.3.4-19': async (bench) =>
    said(
      await bench.push(await bench.browser('rfc', { applicationServerKey: null }), { authorization: null }),
    ),
  '5.3.4-20': tokensCounted,

  '5.3.5-1': everywhere((bench, service) => bench.say({ authorization: null }, service)),
  '5.3.5-2': everywhere((bench, service) => bench.say({ vapid: { claims: { exp: 1 } } }, service)),
  '5.3.5-3': everywhere((bench, service) => bench.say({ vapid: { k: 'AAAA' } }, service)),
  '5.3.5-4': everywhere((bench, service) => bench.say({ vapid: { signWith: bench.keys.stranger } }, service)),
  '5.3.5-5': everywhere(gone),
  '5.3.5-6': everywhere(unknown),
  '5.3.5-7': everywhere((bench, service) => bench.say({ headers: { ttl: '' } }, service)),
  '5.3.5-8': everywhere((bench, service) => bench.say({ headers: { ttl: 'x' } }, service)),
  '5.3.5-9': everywhere((bench, service) => bench.say({ headers: { topic: '.' } }, service)),
  '5.3.5-10': everywhere((bench, service) => bench.say({ headers: { urgency: 'x' } }, service)),
  '5.3.5-11': everywhere((bench, service) => bench.say({ body: Buffer.alloc(10) }, service)),
  '5.3.5-12': everywhere((bench, service) =>
    bench.say({ body: Buffer.alloc(largest[service] + 1) }, service),
  ),
  '5.3.5-13': everywhere(busy),
  '5.3.5-14': everywhere((bench, service) => bench.planned({ reason: 'unavailable' }, service)),
  '5.3.5-15': everywhere((bench, service) => bench.planned({ reason: 'internal' }, service)),
  '5.3.5-16': everywhere((bench, service) => bench.say({ method: 'PUT' }, service)),

  '5.3.6-1': (bench) =>
    allPlanned(
      bench,
      plannedErrnos.map((errno) => `errno-${errno}`),
      'mozilla',
    ),
  '5.3.6-2': (bench) => allPlanned(bench, plannedReasons, 'apple'),
  '5.3.6-3': (bench) => bench.planned({ reason: 'throttled', retryAfterSeconds: 2 }),
  '5.3.6-4': (bench) => bench.planned({ status: 507 }),
  '5.3.6-5': broken('cut-before'),
  '5.3.6-6': broken('cut-after'),
  '5.3.6-7': async (bench) => {
    const before = await bench.browser('google');
    const after = await bench.subscribe(before.phoneId);
    return `${said(await bench.push(before))}, ${said(await bench.push(after))}`;
  },
};
