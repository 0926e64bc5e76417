import type { ZPNsTokenSource } from './token-source.js';
import { subscriptionChanged } from './web-push-words.js';

/** What is used of a `ServiceWorkerRegistration`. */
export interface PushingRegistration {
  readonly pushManager: Pick<PushManager, 'getSubscription' | 'subscribe'>;
}
/** What is used of `navigator.serviceWorker`. */
export interface WorkerMessages {
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

export interface WebPushOptions {
  /** `navigator.serviceWorker.ready`, of a worker that does what `installWebPush` does. */
  readonly registration: Promise<PushingRegistration>;
  /** The app's VAPID key: the `publicKey` of its web push credential, base64url. */
  readonly applicationServerKey: string;
  /** `navigator.serviceWorker`: through it the worker tells that the browser has changed the subscription. */
  readonly messages?: WorkerMessages;
}

/**
 * The browser's push subscription as this device's token. A subscription that was made with another key is given up, since
 * nobody could push to it. The browser asks the person for the permission when the first token is wanted: call `registerPush` from
 * a click.
 */
export function webPushTokenSource(options: WebPushOptions): ZPNsTokenSource {
  const { registration, applicationServerKey, messages } = options;
  return {
    vendor: 'webpush',
    async get() {
      const { pushManager } = await registration;
      const key = bytesOf(applicationServerKey);
      const known = await pushManager.getSubscription();
      if (known !== null && isMadeWith(known, key)) return { token: JSON.stringify(known) };
      await known?.unsubscribe();
      const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
      return { token: JSON.stringify(made) };
    },
    onRefresh(refreshed) {
      messages?.addEventListener('message', ({ data }) => {
        if (data === subscriptionChanged) refreshed();
      });
    },
  };
}

/** A browser that does not say with which key is taken at its word. */
function isMadeWith({ options }: PushSubscription, key: Uint8Array): boolean {
  const theirs = options.applicationServerKey;
  if (theirs === null) return true;
  const bytes = new Uint8Array(theirs);
  return bytes.length === key.length && bytes.every((byte, at) => byte === key[at]);
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (character) => character.codePointAt(0) ?? 0);
}
