import type { WebpushMessage } from '@reveille/contracts/vendors/webpush';
import type { WorkerMessages } from './web-push-source.js';
import { clickedType } from './web-push-words.js';
import type { ZPNs } from './zpns.js';

/** Clicks that the service worker tells this page of come to `onNotificationClicked`. `messages` is `navigator.serviceWorker`. */
export function forwardClicks(zpns: Pick<ZPNs, 'notificationClicked'>, messages: WorkerMessages): void {
  messages.addEventListener('message', ({ data }) => {
    if (!isClick(data)) return;
    const { title = '', body = '', payload = '', ...extras } = data.message;
    zpns.notificationClicked({ title, content: body, payload, extras, pushSourceType: null });
  });
}

function isClick(data: unknown): data is { readonly type: string; readonly message: WebpushMessage } {
  return typeof data === 'object' && data !== null && 'type' in data && data.type === clickedType;
}
