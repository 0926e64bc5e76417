import https from 'node:https';
import webPush, { type PushSubscription } from 'web-push';
import type { SandboxFixture } from '../../testing/sandbox-fixture.js';
import type { Screen } from '../vendor-bench.js';
import { reportOf, type ForeignClient, type ForeignReport } from './foreign-client.js';

/** web-push: its own VAPID key, a push to a browser of every service, one to a subscription that is gone, one for another key. */
export function webPushClient(name: string, fixture: SandboxFixture): ForeignClient {
  return { name, run: () => run(fixture) };
}

const services = ['google', 'mozilla', 'apple', 'microsoft', 'rfc'];
const gone = 410;
const forbidden = 403;

interface Bought {
  readonly phoneId: string;
  readonly subscription: PushSubscription;
}

async function run({ control, ca }: SandboxFixture): Promise<ForeignReport> {
  const keys = webPush.generateVAPIDKeys();
  const agent = new https.Agent({ ca, keepAlive: true });
  const buy = async (service: string, applicationServerKey: string): Promise<Bought> => {
    const description = { vendor: 'webpush', bundle: 'org.example.chat', service, applicationServerKey };
    const { phoneId } = await control.post<{ phoneId: string }>('/phones', description);
    const { token } = await control.post<{ token: string }>(`/phones/${phoneId}/token`);
    return { phoneId, subscription: JSON.parse(token) as PushSubscription };
  };
  const push = async ({ subscription }: Bought): Promise<number> => {
    const text = JSON.stringify({ title: 'web-push', body: 'hello', tag: 'm1' });
    const vapidDetails = { subject: 'mailto:ops@example.org', ...keys };
    return webPush
      .sendNotification(subscription, text, { vapidDetails, agent, TTL: 60, urgency: 'high', topic: 'm1' })
      .then(
        ({ statusCode }) => statusCode,
        (error: unknown) => (error instanceof webPush.WebPushError ? error.statusCode : 0),
      );
  };
  const seen: Record<string, boolean> = {};
  for (const service of services) {
    const browser = await buy(service, keys.publicKey);
    const status = await push(browser);
    const { notifications } = await control.get<Screen>(`/phones/${browser.phoneId}/lock-screen`);
    seen[`the browser of ${service} shows it`] = notifications[0]?.title === 'web-push';
    seen[`${service} answers 201, not ${status}`] = status === 201;
  }
  const removed = await buy('google', keys.publicKey);
  await control.delete(`/phones/${removed.phoneId}/app`);
  seen['a subscription that is gone is told as 410'] = (await push(removed)) === gone;
  const strange = await buy('google', webPush.generateVAPIDKeys().publicKey);
  seen['another key than the subscription’s is told as 403'] = (await push(strange)) === forbidden;
  agent.destroy();
  return reportOf('a push shown in a browser of every service, 410 and 403 reported', seen);
}
