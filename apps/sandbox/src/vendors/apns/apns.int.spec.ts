import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApnsClient } from '../../testing/apns-client.js';
import { makeApnsKey, signJwt } from '../../testing/provider.js';
import { openSandboxFixture, type SandboxFixture } from '../../testing/sandbox-fixture.js';

const key = makeApnsKey();
let fixture: SandboxFixture;
const bundle = 'org.example.chat';

const jwt = (): string =>
  signJwt(
    { alg: 'ES256', kid: 'KEY1234567' },
    { iss: 'TEAM123456', iat: Math.floor(performance.timeOrigin / 1_000) },
    key.privateKey,
  );

const wallClock = (): number => Math.floor(performance.timeOrigin + performance.now());

beforeAll(async () => {
  fixture = await openSandboxFixture(wallClock);
  await fixture.control.put('/keys', { teamId: 'TEAM123456', keyId: 'KEY1234567', publicKey: key.publicKey });
});
afterAll(() => fixture.close());

async function newPhone(): Promise<{ phoneId: string; token: string }> {
  const { phoneId } = await fixture.control.post<{ phoneId: string }>('/phones', {
    vendor: 'apns',
    bundle,
    environment: 'production',
  });
  const { token } = await fixture.control.post<{ token: string }>(`/phones/${phoneId}/token`);
  return { phoneId, token };
}

test('an accepted push lies on the lock screen and in the ledger', async () => {
  const { phoneId, token } = await newPhone();
  const client = await ApnsClient.open(fixture.portOf('apns'), fixture.ca);
  expect(client.streamLimit).toBe(1);
  const answer = await client.request(
    {
      ':path': `/3/device/${token}`,
      authorization: `bearer ${jwt()}`,
      'apns-topic': bundle,
      'apns-push-type': 'alert',
    },
    JSON.stringify({ aps: { alert: { title: 'Ann', body: 'hello' } } }),
  );
  expect(answer).toMatchObject({ status: 200, body: '' });
  const screen = await fixture.control.get<{ notifications: unknown[] }>(`/phones/${phoneId}/lock-screen`);
  expect(screen.notifications).toMatchObject([{ title: 'Ann', body: 'hello', shownCount: 1 }]);
  const ledger = await fixture.control.get<{ entries: unknown[] }>(`/ledger?token=${token}`);
  expect(ledger.entries).toMatchObject([{ status: 200, effect: 'shown', phoneId }]);
  client.close();
});
