import type { WebpushMessage } from '@reveille/contracts/vendors/webpush';
import { clickedType, subscriptionChanged } from './web-push-words.js';

/** What is used of a service worker's global scope: `self`. */
export interface WorkerScope {
  readonly registration: {
    showNotification(title: string, options: NotificationOptions): Promise<void>;
  };
  readonly clients: {
    matchAll(options: { readonly type: 'window' }): Promise<readonly WorkerClient[]>;
    openWindow(url: string): Promise<unknown>;
  };
  readonly navigator?: { setAppBadge?(count: number): Promise<void> };
  addEventListener(type: string, listener: (event: WorkerEvent) => void): void;
}
export interface WorkerClient {
  readonly url: string;
  postMessage(message: unknown): void;
  focus?(): Promise<unknown>;
}
/** What is used of the events `push`, `notificationclick` and `pushsubscriptionchange`. */
export interface WorkerEvent {
  readonly data?: { text(): string } | null;
  readonly notification?: { readonly data: unknown; close(): void };
  waitUntil(done: Promise<unknown>): void;
}

/**
 * For the app's service worker: `installWebPush(self)`. Every push is shown, as browsers demand; one with the same tag takes the
 * earlier one's place. A click goes to an open page of the app, which is told the message, or opens the message's page.
 */
export function installWebPush(scope: WorkerScope): void {
  scope.addEventListener('push', (event) => event.waitUntil(show(scope, messageIn(event))));
  scope.addEventListener('notificationclick', (event) => {
    event.notification?.close();
    event.waitUntil(follow(scope, event.notification?.data));
  });
  scope.addEventListener('pushsubscriptionchange', (event) =>
    event.waitUntil(tellAll(scope, subscriptionChanged)),
  );
}

async function show(scope: WorkerScope, message: WebpushMessage): Promise<void> {
  const { title = '', body = '', tag, icon, silent, requireInteraction, badge } = message;
  if (badge !== undefined) await scope.navigator?.setAppBadge?.(badge);
  await scope.registration.showNotification(title, {
    body,
    tag,
    data: message,
    ...(icon !== undefined && { icon }),
    ...(silent === true && { silent }),
    ...(requireInteraction === true && { requireInteraction }),
  });
}

async function follow(scope: WorkerScope, data: unknown): Promise<void> {
  const message = data as WebpushMessage;
  const [page] = await scope.clients.matchAll({ type: 'window' });
  if (page === undefined) {
    if (message.url !== undefined) await scope.clients.openWindow(message.url);
    return;
  }
  tell(page, { type: clickedType, message });
  await page.focus?.();
}

async function tellAll(scope: WorkerScope, message: unknown): Promise<void> {
  for (const page of await scope.clients.matchAll({ type: 'window' })) tell(page, message);
}

function tell(page: WorkerClient, message: unknown): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- A worker's client is of its own origin, and its method takes none.
  page.postMessage(message);
}

/** A push that is not ours is shown as the text that it is: to show nothing would cost the app its right to push. */
function messageIn({ data }: WorkerEvent): WebpushMessage {
  const text = data?.text() ?? '';
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && 'tag' in parsed) return parsed as WebpushMessage;
  } catch {
    // A text for people.
  }
  return { body: text, tag: text, sentAt: 0 };
}
