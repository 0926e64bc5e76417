import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHttp2, requestHttp1, requestHttp2 } from '../../testing/https-client.js';
import { makeServiceAccountKey, signJwt } from '../../testing/provider.js';
import { openSandboxFixture, type SandboxFixture } from '../../testing/sandbox-fixture.js';

const key = makeServiceAccountKey();
const clientEmail = 'sender@chat-example.iam.gserviceaccount.com';
const wallClock = (): number => Math.floor(performance.timeOrigin + performance.now());
let fixture: SandboxFixture;

beforeAll(async () => {
  fixture = await openSandboxFixture(wallClock);
  await fixture.control.put('/projects', {
    projectId: 'chat-example',
    serviceAccounts: [{ clientEmail, privateKeyId: 'key-1', publicKey: key.publicKey }],
  });
});
afterAll(() => fixture.close());

async function accessToken(): Promise<string> {
  const now = Math.floor(wallClock() / 1_000);
  const assertion = signJwt(
    { alg: 'RS256', kid: 'key-1' },
    {
      iss: clientEmail,
      aud: 'https://oauth2.googleapis.com/token',
      scope: 'https://www.googleapis.com/auth/firebase.messaging',
      iat: now,
      exp: now + 3_600,
    },
    key.privateKey,
  );
  const answer = await requestHttp1(fixture.portOf('fcm'), fixture.ca, 'oauth2.googleapis.com', {
    path: '/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion,
    }).toString(),
  });
  expect(answer.status).toBe(200);
  return (JSON.parse(answer.body) as { access_token: string }).access_token;
}

test('a message goes from an access token to the lock screen over both protocols', async () => {
  const { phoneId } = await fixture.control.post<{ phoneId: string }>('/phones', {
    vendor: 'fcm',
    package: 'org.example.chat',
    project: 'chat-example',
  });
  const { token } = await fixture.control.post<{ token: string }>(`/phones/${phoneId}/token`);
  const request = {
    path: '/v1/projects/chat-example/messages:send',
    headers: { authorization: `Bearer ${await accessToken()}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      message: {
        token,
        notification: { title: 'Ann', body: 'hello' },
        android: { notification: { tag: 'm1' } },
      },
    }),
  };
  const first = await requestHttp1(fixture.portOf('fcm'), fixture.ca, 'fcm.googleapis.com', request);
  expect(first).toMatchObject({ status: 200 });
  const session = await openHttp2(fixture.portOf('fcm'), fixture.ca, 'fcm.googleapis.com');
  const second = await requestHttp2(session, request);
  expect(second).toMatchObject({ status: 200 });
  session.destroy();
  const screen = await fixture.control.get<{ notifications: unknown[] }>(`/phones/${phoneId}/lock-screen`);
  expect(screen.notifications).toMatchObject([{ tag: 'm1', title: 'Ann', shownCount: 2 }]);
});
