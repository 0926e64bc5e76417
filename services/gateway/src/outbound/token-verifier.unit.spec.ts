import { createHmac, randomBytes } from 'node:crypto';
import { fixedClock } from '@reveille/chassis/testing/fixed-clock';
import type { AppSettings } from '@reveille/contracts/app/events';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeTestKeys, type TestKeys } from '../testing/test-keys.js';
import { TokenVerifier } from './token-verifier.js';

const clock = fixedClock();
const now = Math.floor(clock.now() / 1_000);
const day = 86_400;
let chat: TestKeys;
let edwards: TestKeys;
let underscored: TestKeys;
let plain: TestKeys;
let verifier: TokenVerifier;
let apps: Map<string, AppSettings>;

beforeAll(async () => {
  const made = { now: () => clock.now() };
  [chat, edwards, underscored, plain] = await Promise.all([
    makeTestKeys('chat', made),
    makeTestKeys('edwards', { ...made, algorithm: 'EdDSA' }),
    makeTestKeys('my_app_2', made),
    makeTestKeys('my', made),
  ]);
  apps = new Map([chat, edwards, underscored, plain].map(({ settings }) => [settings.app, settings]));
  verifier = new TokenVerifier({ get: (app) => apps.get(app) ?? null }, clock);
});

/** What the token is worth: the user, or the code of the refusal. */
async function worth(token: string | Promise<string>): Promise<string> {
  try {
    return (await verifier.client(await token)).user;
  } catch (error) {
    return (error as { code?: string }).code ?? `fault: ${String(error)}`;
  }
}
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a client’s token', () => {
  it('of ES256 or EdDSA tells its app, its user and its end, skew included', async () => {
    expect(await verifier.client(await chat.token('ana'))).toEqual({
      kind: 'client',
      app: 'chat',
      user: 'ana',
      expiresAt: (now + 3_600 + 30) * 1_000,
    });
    expect(await worth(edwards.token('ana'))).toBe('ana');
  });

  it('may be signed without naming its key, and may name several audiences of which one is ours', async () => {
    expect(await worth(chat.token('ana', {}, { kid: undefined as never }))).toBe('ana');
    expect(await worth(chat.token('ana', { aud: ['https://example.org', 'chat'] }))).toBe('ana');
  });

  it.each<[string, (keys: TestKeys) => string | Promise<string>, string]>([
    ['nonsense', () => 'a.b.c', 'token-invalid'],
    ['nothing', () => '', 'token-invalid'],
    ['a header that is no JSON', () => `x.${base64({ aud: 'chat' })}.y`, 'token-invalid'],
    [
      'no signature',
      () => `${base64({ alg: 'none' })}.${base64({ aud: 'chat', sub: 'ana', exp: now + 60 })}.`,
      'token-invalid',
    ],
    ['a shared secret', () => hs256({ aud: 'chat', sub: 'ana', exp: now + 60 }), 'token-invalid'],
    ['the key of another app', () => plain.token('ana', { aud: 'chat' }), 'token-invalid'],
    ['a key that the app does not have', (keys) => keys.token('ana', {}, { kid: 'other' }), 'token-invalid'],
    ['an unknown audience', (keys) => keys.token('ana', { aud: 'nobody' }), 'app-unknown'],
    ['no audience', (keys) => keys.token('ana', { aud: undefined }), 'app-unknown'],
    ['a number as audience', (keys) => keys.token('ana', { aud: 7 }), 'app-unknown'],
    ['two apps as audience', (keys) => keys.token('ana', { aud: ['chat', 'my'] }), 'token-invalid'],
    ['no end', (keys) => keys.token('ana', { exp: undefined }), 'token-invalid'],
    ['a text as end', (keys) => keys.token('ana', { exp: 'tomorrow' }), 'token-invalid'],
    [
      'an end too far after its beginning',
      (keys) => keys.token('ana', { exp: now + day + 60 }),
      'token-invalid',
    ],
    [
      'an end too far from now',
      (keys) => keys.token('ana', { iat: now + day, exp: now + 2 * day }),
      'token-invalid',
    ],
    [
      'a text as beginning',
      (keys) => keys.token('ana', { iat: 'today', exp: now + 900 * day }),
      'token-invalid',
    ],
    [
      'an end that is past',
      (keys) => keys.token('ana', { iat: now - 3_600, exp: now - 31 }),
      'token-expired',
    ],
    ['a beginning to come', (keys) => keys.token('ana', { nbf: now + 60 }), 'token-invalid'],
    ['no user', (keys) => keys.token('', { sub: undefined }), 'token-invalid'],
    ['an empty user', (keys) => keys.token(''), 'token-invalid'],
    ['a number as user', (keys) => keys.token('', { sub: 7 }), 'token-invalid'],
    ['a user that no id may be', (keys) => keys.token('a\u0000b'), 'token-invalid'],
  ])('with %s is refused', async (_, make, code) => {
    expect(await worth(make(chat))).toBe(code);
  });

  it('is taken a little after its end and before its beginning, as clocks differ', async () => {
    expect(await worth(chat.token('ana', { iat: now - 3_600, exp: now - 20 }))).toBe('ana');
    expect(await worth(chat.token('ana', { nbf: now + 20 }))).toBe('ana');
  });

  it('is proved anew when its app has changed, and when it has run out', async () => {
    const token = await chat.token('ana', { exp: now + 60 });
    expect(await worth(token)).toBe('ana');
    apps.set('chat', { ...chat.settings, clientKeys: plain.settings.clientKeys });
    verifier.forget('chat');
    expect(await worth(token)).toBe('token-invalid');
    apps.set('chat', chat.settings);
    expect(await worth(token)).toBe('ana');
    clock.advance(91_000);
    expect(await worth(token)).toBe('token-expired');
    clock.advance(-91_000);
  });
});

describe('a bearer', () => {
  it('is a server with its key, whatever the case of the scheme, and whatever its app is called', async () => {
    expect(await verifier.bearer(`bearer ${chat.serverKey}`)).toEqual({ kind: 'server', app: 'chat' });
    expect(await verifier.bearer(`BEARER  ${underscored.serverKey}`)).toEqual({
      kind: 'server',
      app: 'my_app_2',
    });
    expect(await verifier.bearer(`Bearer ${plain.serverKey}`)).toEqual({ kind: 'server', app: 'my' });
    expect(await verifier.bearer(`Bearer ${await chat.token('ana')}`)).toMatchObject({
      kind: 'client',
      user: 'ana',
    });
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Basic YTpi',
    'Bearer a b',
    'Bearer rk_',
    'Bearer rk_chat_short',
  ])('of %j is refused', async (header) => {
    await expect(verifier.bearer(header)).rejects.toMatchObject({ code: 'token-invalid' });
  });

  it('with the key of another app is refused', async () => {
    const stolen = chat.serverKey.replace('rk_chat_', 'rk_my_');
    await expect(verifier.bearer(`Bearer ${stolen}`)).rejects.toMatchObject({ code: 'token-invalid' });
  });
});

function hs256(payload: object): string {
  const signed = `${base64({ alg: 'HS256' })}.${base64(payload)}`;
  return `${signed}.${createHmac('sha256', randomBytes(32)).update(signed).digest('base64url')}`;
}
