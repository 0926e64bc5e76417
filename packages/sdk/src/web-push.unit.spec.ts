import { describe, expect, it } from 'vitest';
import { forwardClicks } from './web-push-clicks.js';
import { webPushTokenSource } from './web-push-source.js';
import { installWebPush, type WorkerEvent, type WorkerScope } from './web-push-worker.js';
import { ZPNs, type ZPNsMessage } from './zpns.js';

/** `navigator.serviceWorker`, as far as it is used. */
function mailbox() {
  const listeners: ((event: { readonly data: unknown }) => void)[] = [];
  return {
    messages: {
      addEventListener: (_type: 'message', listener: (event: { readonly data: unknown }) => void) =>
        void listeners.push(listener),
    },
    post: (data: unknown) => {
      for (const listener of listeners) listener({ data });
    },
  };
}

/** A browser's push manager: one subscription at a time, made with a key. */
function browser() {
  let current: { readonly key: Uint8Array; readonly endpoint: string } | null = null;
  let count = 0;
  const described = () => {
    const kept = current;
    if (kept === null) return null;
    return {
      endpoint: kept.endpoint,
      options: { applicationServerKey: kept.key.slice().buffer, userVisibleOnly: true },
      toJSON: () => ({ endpoint: kept.endpoint, keys: { p256dh: 'p', auth: 'a' } }),
      unsubscribe: async () => {
        current = null;
        return true;
      },
    };
  };
  const pushManager = {
    getSubscription: async () => described() as unknown as PushSubscription | null,
    subscribe: async (options?: PushSubscriptionOptionsInit) => {
      if (options?.userVisibleOnly !== true) throw new Error('pushes must be seen');
      if (current !== null) throw new Error('there is a subscription already');
      count += 1;
      const key = options.applicationServerKey as Uint8Array;
      current = { key, endpoint: `https://push.example/${count}` };
      return described() as unknown as PushSubscription;
    },
  };
  return { registration: Promise.resolve({ pushManager }) };
}

const keyA = 'BAEC_-_-';
const keyB = 'BAEC_-_x';
const endpointOf = ({ token }: { token: string }) => (JSON.parse(token) as { endpoint: string }).endpoint;

describe('the subscription as a token', () => {
  it('is made once, and is the text that the worker reads', async () => {
    const source = webPushTokenSource({ ...browser(), applicationServerKey: keyA });
    const first = await source.get();
    expect(JSON.parse(first.token)).toEqual({
      endpoint: 'https://push.example/1',
      keys: { p256dh: 'p', auth: 'a' },
    });
    expect(await source.get()).toEqual(first);
  });

  it('is made anew where it was made with another key', async () => {
    const same = browser();
    await webPushTokenSource({ ...same, applicationServerKey: keyA }).get();
    const other = await webPushTokenSource({ ...same, applicationServerKey: keyB }).get();
    expect(endpointOf(other)).toBe('https://push.example/2');
  });
});

/** A service worker's scope and what it has shown, told and opened. */
function worker(pages = 1) {
  const listeners = new Map<string, (event: WorkerEvent) => void>();
  const shown: object[] = [];
  const told: unknown[] = [];
  const opened: string[] = [];
  const badges: number[] = [];
  const scope: WorkerScope = {
    registration: {
      showNotification: async (title, options) => void shown.push({ title, ...options }),
    },
    clients: {
      matchAll: async () =>
        Array.from({ length: pages }, () => ({
          url: 'https://chat.example/',
          postMessage: (message: unknown) => void told.push(message),
        })),
      openWindow: async (url) => void opened.push(url),
    },
    navigator: { setAppBadge: async (badge) => void badges.push(badge) },
    addEventListener: (type, listener) => void listeners.set(type, listener),
  };
  installWebPush(scope);
  const fire = async (type: string, event: Partial<WorkerEvent>) => {
    const waited: Promise<unknown>[] = [];
    listeners.get(type)?.({ ...event, waitUntil: (done) => void waited.push(done) });
    await Promise.all(waited);
  };
  return { fire, shown, told, opened, badges };
}
const message = {
  title: 'Ann',
  body: 'Hello',
  tag: 'm1',
  payload: 'p',
  badge: 3,
  icon: 'https://chat.example/i.png',
  url: 'https://chat.example/c/1',
  silent: true,
  requireInteraction: true,
  sentAt: 1,
};
const pushOf = (text: string) => ({ data: { text: () => text } });

describe('the service worker', () => {
  it('shows what comes, under its tag', async () => {
    const { fire, shown, badges } = worker();
    await fire('push', pushOf(JSON.stringify(message)));
    expect(shown).toEqual([
      {
        title: 'Ann',
        body: 'Hello',
        tag: 'm1',
        icon: 'https://chat.example/i.png',
        silent: true,
        requireInteraction: true,
        data: message,
      },
    ]);
    expect(badges).toEqual([3]);
  });

  it.each(['a text', '{"no":"tag"}', ''])('shows even %j', async (text) => {
    const { fire, shown } = worker();
    await fire('push', pushOf(text));
    expect(shown).toMatchObject([{ title: '', body: text }]);
  });

  it('a click goes to an open page, and else opens one', async () => {
    let closed = 0;
    const notification = { data: message, close: () => void (closed += 1) };
    const open = worker();
    await open.fire('notificationclick', { notification });
    expect(open.told).toEqual([{ type: 'reveille-notification-clicked', message }]);
    const none = worker(0);
    await none.fire('notificationclick', { notification });
    expect(none.opened).toEqual(['https://chat.example/c/1']);
    expect(closed).toBe(2);
  });

  it('and the page understand each other', async () => {
    const { fire, told } = worker();
    const { messages, post } = mailbox();
    let refreshed = 0;
    const source = webPushTokenSource({ ...browser(), applicationServerKey: keyA, messages });
    source.onRefresh?.(() => {
      refreshed += 1;
    });
    const clicked: ZPNsMessage[] = [];
    const zpns = new ZPNs();
    forwardClicks({ notificationClicked: (click) => void clicked.push(click) }, messages);
    forwardClicks(zpns, messages);
    await fire('pushsubscriptionchange', {});
    await fire('notificationclick', { notification: { data: message, close: () => undefined } });
    for (const each of [...told, 'something else', null]) post(each);
    expect(refreshed).toBe(1);
    expect(clicked).toMatchObject([{ title: 'Ann', content: 'Hello', payload: 'p', pushSourceType: null }]);
    expect(clicked[0]?.extras).toMatchObject({ url: 'https://chat.example/c/1', tag: 'm1' });
  });
});
