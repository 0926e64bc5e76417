import https from 'node:https';
import { cert, deleteApp, initializeApp } from 'firebase-admin/app';
import { getMessaging, type Messaging } from 'firebase-admin/messaging';
import { reportOf, type ForeignClient, type ForeignReport } from './foreign-client.js';
import type { ProviderDesk } from './provider-desk.js';

export interface FcmAddress {
  readonly port: number;
  readonly ca: string;
}

/** firebase-admin: by an https.Agent and its HTTP/1.1 transport, or (null) over HTTP/2 to the hosts built into it. */
export function firebaseAdminClient(name: string, desk: ProviderDesk, at: FcmAddress | null): ForeignClient {
  return { name, run: () => run(name, desk, at) };
}

async function run(name: string, desk: ProviderDesk, at: FcmAddress | null): Promise<ForeignReport> {
  const account = await desk.account('fcm');
  const projectId = account.text('projectId');
  const agent =
    at === null
      ? null
      : (servername: string) =>
          new https.Agent({ host: '127.0.0.1', port: at.port, ca: at.ca, servername, keepAlive: true });
  const options =
    agent === null
      ? { credential: cert(JSON.parse(account.credential) as object) }
      : {
          credential: cert(account.credentialFile, agent('oauth2.googleapis.com')),
          httpAgent: agent('fcm.googleapis.com'),
        };
  const app = initializeApp({ ...options, projectId }, name);
  try {
    const messaging = getMessaging(app);
    if (agent !== null) messaging.enableLegacyHttpTransport();
    return await sendThree(desk, projectId, messaging, at === null);
  } finally {
    await deleteApp(app);
  }
}

async function sendThree(
  desk: ProviderDesk,
  projectId: string,
  messaging: Messaging,
  isHttp2: boolean,
): Promise<ForeignReport> {
  const phone = await desk.phone('fcm');
  const dead = await desk.deadToken('fcm');
  const notification = { title: 'firebase-admin', body: 'hello' };
  const batch = await messaging.sendEach(
    [phone.token, dead].map((token) => ({ token, notification, android: { notification: { tag: 'm1' } } })),
  );
  const name = await messaging.send({
    token: phone.token,
    notification,
    android: { notification: { tag: 'm1' } },
  });
  const overHttp2 = await desk.requestsOverHttp2('fcm');
  const { notifications } = await desk.screen(phone);
  const [shown] = notifications;
  const code = batch.responses[1]?.error?.code;
  return reportOf(
    'a batch and a single message shown on the phone, a dead token reported as not registered',
    {
      'the batch reaches the phone': batch.responses[0]?.success === true,
      // A batch goes over HTTP/2, a single message always over HTTP/1.1.
      [`the batch of two goes over ${isHttp2 ? 'HTTP/2' : 'HTTP/1.1'}`]: overHttp2 === (isHttp2 ? 2 : 0),
      'the single message has a name': name.startsWith(`projects/${projectId}/messages/`),
      'the phone shows one line, alerted twice':
        notifications.length === 1 && shown?.shownCount === 2 && shown.title === 'firebase-admin',
      [`the dead token is messaging/registration-token-not-registered, not ${code ?? 'accepted'}`]:
        code === 'messaging/registration-token-not-registered',
    },
  );
}
