import { saidTimes } from './apns-bench.js';
import {
  appId,
  projectId,
  said,
  saidGrant,
  shown,
  siblingApp,
  strangerApp,
  strangerProject,
  type HuaweiBench,
  type SendRequest,
} from './huawei-bench.js';
import type { Checks } from './rows.js';

type Check = (bench: HuaweiBench) => Promise<string>;

const send =
  (request: SendRequest): Check =>
  async (bench) => {
    const { token } = await bench.phone();
    return said(await bench.send({ tokens: [token], message: shown(), ...request }));
  };
const grant =
  (form: Readonly<Record<string, string>>): Check =>
  async (bench) =>
    saidGrant(await bench.grant(form));
const withJwt =
  (...change: Parameters<HuaweiBench['jwt']>): Check =>
  (bench) =>
    send({ authorization: `Bearer ${bench.jwt(...change)}` })(bench);
const plannedGrant =
  (fault: object): Check =>
  async (bench) => {
    await bench.fault({ vendor: 'huawei-auth', ...fault });
    return saidGrant(await bench.grant());
  };
const planned =
  (fault: object): Check =>
  async (bench) => {
    await bench.fault({ ...fault });
    return send({})(bench);
  };

async function expired(bench: HuaweiBench): Promise<string> {
  await bench.switches({ accessTokenSeconds: 5 });
  const authorization = `Bearer ${await bench.accessToken()}`;
  await bench.control.put('/clock', { offsetMs: 6_000 });
  const { token } = await bench.phone();
  const answer = await bench.send({ tokens: [token], message: shown(), authorization });
  return `${said(answer)}, NSP_STATUS ${answer.headers['nsp_status'] ?? 'none'}`;
}

async function aboveGrantRate(bench: HuaweiBench): Promise<string> {
  await bench.switches({ tokensPerFiveMinutes: 2 });
  await bench.control.put('/clock', { offsetMs: 600_000 });
  const answers = [await bench.grant(), await bench.grant(), await bench.grant()].map(saidGrant);
  await bench.control.put('/clock', { offsetMs: 900_001 });
  answers.push(saidGrant(await bench.grant()));
  return `${saidTimes(answers.slice(0, 2))}, then ${answers[2] ?? ''}, five minutes later ${answers[3] ?? ''}`;
}

async function endings(bench: HuaweiBench, kind: string): Promise<string> {
  const phone = await bench.phone();
  await bench.fault({ kind });
  const request = bench.send({ tokens: [phone.token], message: shown() });
  const answer = await request.then(said, () => 'no answer');
  return `${answer}, ${(await bench.screen(phone)).notifications.length} shown`;
}

async function slowly(bench: HuaweiBench): Promise<string> {
  await bench.fault({ kind: 'slow', ms: 300 });
  const startedAt = performance.now();
  const answer = await send({})(bench);
  return performance.now() - startedAt >= 299 ? `${answer}, late` : `${answer}, at once`;
}

export const huaweiWireChecks: Checks<HuaweiBench> = {
  '1.8.1-1': grant({}),
  '1.8.1-2': async (bench) => (await bench.grant()).headers['cache-control'] ?? 'none',
  '1.8.1-3': async (bench) => {
    const { body } = await bench.grant();
    return body.includes('\\/') && !/[^\\]\//.test(body) ? 'escaped' : 'plain';
  },
  '1.8.1-4': async (bench) => send({ authorization: `Bearer ${await bench.accessToken()}` })(bench),
  '1.8.1-5': grant({ client_secret: 'wrong' }),
  '1.8.1-6': grant({ client_id: 'abc' }),
  '1.8.1-7': grant({ client_id: '1'.repeat(65) }),
  '1.8.1-8': grant({ client_id: '4711' }),
  '1.8.1-9': grant({ client_secret: '' }),
  '1.8.1-10': grant({ client_secret: 'with space' }),
  '1.8.1-11': grant({ grant_type: 'password' }),
  '1.8.1-12': async (bench) =>
    saidGrant(await bench.grant({}, { headers: { 'content-type': 'application/json' }, body: '{}' })),
  '1.8.1-13': async (bench) => saidGrant(await bench.grant({}, { method: 'GET', body: '' })),
  '1.8.1-14': aboveGrantRate,
  '1.8.1-15': async (bench) => {
    await bench.switches({ accessTokenSeconds: 60 });
    return saidGrant(await bench.grant());
  },
  '1.8.1-16': plannedGrant({ reason: '12304' }),
  '1.8.1-17': plannedGrant({ status: 503 }),
  '1.8.1-18': async (bench) => {
    const sayings: string[] = [];
    for (const status of [403, 404, 500, 502, 504, 590]) sayings.push(await plannedGrant({ status })(bench));
    return sayings.join(', ');
  },

  '1.8.2-1': withJwt(),
  '1.8.2-2': withJwt({}, { kid: 'key-9' }),
  '1.8.2-3': withJwt({ iss: 'account-9' }),
  '1.8.2-4': withJwt({ aud: 'https://example.org/token' }),
  '1.8.2-5': async (bench) => withJwt({ exp: Math.floor(bench.now() / 1_000) - 1 })(bench),
  '1.8.2-6': async (bench) => {
    const iat = Math.floor(bench.now() / 1_000);
    return withJwt({ iat, exp: iat + 86_401 })(bench);
  },
  '1.8.2-7': async (bench) => withJwt({}, {}, bench.keys.stranger)(bench),
  '1.8.2-8': withJwt({}, { alg: 'RS256' }),
  '1.8.2-9': send({ authorization: 'Bearer a.b.c' }),
  '1.8.2-10': async (bench) =>
    send({ authorization: `Bearer ${bench.jwt()}`, path: `/v2/${projectId}/messages:send` })(bench),
  '1.8.2-11': async (bench) => send({ authorization: `Bearer ${bench.jwt({ exp: undefined })}` })(bench),

  '1.8.3-1': send({ authorization: null }),
  '1.8.3-2': send({ authorization: '' }),
  '1.8.3-3': send({ authorization: 'Basic abc' }),
  '1.8.3-4': async (bench) => {
    const authorization = `Bearer ${await bench.accessToken({ client_id: siblingApp })}`;
    return send({ authorization })(bench);
  },
  '1.8.3-5': expired,
  '1.8.3-6': async (bench) => {
    const { token } = await bench.phone();
    const answer = await bench.send({ tokens: [token], message: shown(), authorization: 'Bearer nobody' });
    return `${said(answer)}, NSP_STATUS ${answer.headers['nsp_status'] ?? 'none'}`;
  },

  '1.8.4-1': send({ path: '/v1/4711/messages:send' }),
  '1.8.4-2': send({ path: `/v2/${projectId}/messages:send` }),
  '1.8.4-3': send({ path: `/v2/${strangerProject}/messages:send` }),
  '1.8.4-4': async (bench) =>
    send({
      authorization: `Bearer ${bench.jwt()}`,
      path: `/v1/${strangerApp}/messages:send`,
    })(bench),
  '1.8.4-5': send({ path: `/v1/${appId}/messages` }),
  '1.8.4-6': send({ path: `/v3/${projectId}/messages:send` }),
  '1.8.4-7': async (bench) => {
    await bench.registerApp({ isPushOn: false });
    return send({})(bench);
  },
  '1.8.4-8': async (bench) => {
    await bench.registerApp({ isUnderPenalty: true });
    return send({})(bench);
  },
  '1.8.4-9': send({ over: 'h2' }),

  '1.8.14-1': async (bench) => {
    const sayings: string[] = [];
    for (const status of [500, 502, 503, 504]) sayings.push(await planned({ status })(bench));
    return sayings.join(', ');
  },
  '1.8.14-2': planned({ reason: '80600003' }),
  '1.8.14-3': planned({ reason: '81000001' }),
  '1.8.14-4': planned({ kind: 'nonsense', status: 502, body: '<html>' }),
  '1.8.14-5': slowly,
  '1.8.14-6': (bench) => endings(bench, 'cut-before'),
  '1.8.14-7': (bench) => endings(bench, 'cut-after'),
  '1.8.14-8': async (bench) => {
    const sayings = new Set<string>();
    for (const code of plannedCodes) {
      const answer = await planned({ reason: code })(bench);
      sayings.add(answer.endsWith(` ${code}`) ? 'each its own code' : `${code}: ${answer}`);
    }
    return `${plannedCodes.length} codes, ${[...sayings].join(', ')}`;
  },
};

/** Codes that no cause in the sandbox leads to. */
const plannedCodes = [
  '80100002',
  '80100017',
  '80100018',
  '80100022',
  '80200006',
  '80300030',
  ...Array.from({ length: 13 }, (_, at) => String(82_000_001 + at)),
];
