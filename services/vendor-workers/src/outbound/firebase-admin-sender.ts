import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import type { App } from 'firebase-admin/app';
import type { Message, Messaging } from 'firebase-admin/messaging';
import type { Sender, VendorAnswer, VendorRequest } from '../vendor.js';

export interface FirebaseAdminSenderOptions {
  readonly caFile: string | null;
}

interface OpenApp {
  readonly app: App;
  readonly messaging: Messaging;
  readonly agent: Agent;
}

const maxSockets = 50;
const mostApps = 2;
let opened = 0;

/**
 * `Sender` over firebase-admin, on its HTTP/1.1 transport: the only one whose host can be given. What it cannot promise
 * (docs/vendors/fcm.md): it repeats a 503 and a broken connection up to four times by itself, so a request is not one attempt
 * and a cut may show twice; nothing is known to be unsent; traceparent is not carried; a request cannot be withdrawn.
 */
export class FirebaseAdminSender implements Sender {
  /** By host and authorization: the library keeps an access token until it ends, so another token is another app. */
  readonly #apps = new Map<string, Promise<OpenApp>>();
  readonly #pending = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(private readonly options: FirebaseAdminSenderOptions) {}

  async send(request: VendorRequest, signal: AbortSignal): Promise<VendorAnswer> {
    if (this.#isClosed || signal.aborted)
      return { kind: 'not-sent', because: 'withdrawn', cause: 'withdrawn before it was written' };
    const sending = this.#appFor(request).then(({ messaging }) => messaging.send(messageOf(request)));
    this.#pending.add(sending);
    try {
      return answered(200, {}, Buffer.from(JSON.stringify({ name: await sending })));
    } catch (error) {
      return answerOf(error);
    } finally {
      this.#pending.delete(sending);
    }
  }

  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    const late = new Promise((resolve) => {
      setTimeout(resolve, graceMs).unref();
    });
    await Promise.race([Promise.allSettled(this.#pending), late]);
    await Promise.all([...this.#apps.values()].map(async (app) => closeApp(await app)));
  }

  #appFor(request: VendorRequest): Promise<OpenApp> {
    const key = `${request.origin}\n${request.headers['authorization'] ?? ''}`;
    const known = this.#apps.get(key);
    if (known !== undefined) return known;
    const app = openApp(request, this.options.caFile);
    this.#apps.set(key, app);
    this.#closeOldest();
    return app;
  }

  /** Requests under the token before the last one were answered long ago. */
  #closeOldest(): void {
    const [oldest] = this.#apps;
    if (oldest === undefined || this.#apps.size <= mostApps) return;
    this.#apps.delete(oldest[0]);
    void oldest[1].then(closeApp);
  }
}

/** The library is loaded only where an app has chosen it: it takes a third of a second and many megabytes. */
async function openApp({ origin, path, headers }: VendorRequest, caFile: string | null): Promise<OpenApp> {
  const [{ initializeApp }, { getMessaging }] = await Promise.all([
    import('firebase-admin/app'),
    import('firebase-admin/messaging'),
  ]);
  const { hostname, port } = new URL(origin);
  // The agent's options win over the host that the library has built in.
  const agent = new Agent({
    host: hostname,
    port: port === '' ? 443 : Number(port),
    keepAlive: true,
    maxSockets,
    ...(caFile !== null && { ca: readFileSync(caFile) }),
  });
  const projectId = decodeURIComponent(path.split('/')[3] ?? '');
  const token = (headers['authorization'] ?? '').replace(/^Bearer /, '');
  const credential = { getAccessToken: () => Promise.resolve({ access_token: token, expires_in: 3_600 }) };
  opened += 1;
  const app = initializeApp({ projectId, credential, httpAgent: agent }, `reveille-${opened}`);
  const messaging = getMessaging(app);
  messaging.enableLegacyHttpTransport();
  return { app, messaging, agent };
}

async function closeApp({ app, agent }: OpenApp): Promise<void> {
  const { deleteApp } = await import('firebase-admin/app');
  await deleteApp(app);
  agent.destroy();
}

interface WireMessage {
  readonly token: string;
  readonly notification?: { readonly title?: string; readonly body?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly android: {
    readonly priority: 'normal' | 'high';
    readonly ttl: string;
    readonly data?: Readonly<Record<string, string>>;
    readonly notification?: {
      readonly tag: string;
      readonly channel_id?: string;
      readonly sound?: string;
      readonly notification_count?: number;
    };
  };
  readonly webpush: {
    readonly headers: Readonly<Record<string, string>>;
    readonly notification?: Readonly<Record<string, string>>;
    readonly fcm_options?: { readonly link: string };
  };
  readonly apns: {
    readonly headers: Readonly<Record<string, string>>;
    readonly payload?: { readonly aps: Readonly<Record<string, unknown>> };
  };
}

/** The library has names of its own for the fields of the wire. */
function messageOf({ body }: VendorRequest): Message {
  const { message } = JSON.parse(Buffer.from(body).toString()) as { message: WireMessage };
  const { token, notification, data, android, webpush, apns } = message;
  const { fcm_options: fcmOptions, ...web } = webpush;
  const {
    tag,
    channel_id: channelId,
    sound,
    notification_count: notificationCount,
  } = android.notification ?? {};
  return {
    token,
    ...(notification !== undefined && { notification }),
    ...(data !== undefined && { data }),
    android: {
      priority: android.priority,
      ttl: Number.parseInt(android.ttl, 10) * 1000,
      ...(android.data !== undefined && { data: android.data }),
      ...(tag !== undefined && {
        notification: {
          tag,
          ...(channelId !== undefined && { channelId }),
          ...(sound !== undefined && { sound }),
          ...(notificationCount !== undefined && { notificationCount }),
        },
      }),
    },
    webpush: { ...web, ...(fcmOptions !== undefined && { fcmOptions }) },
    // Names with hyphens are no fields of the library's: it passes them on as they are.
    apns,
  };
}

interface LibraryError {
  readonly code?: string;
  readonly message?: string;
  readonly httpResponse?: {
    readonly status: number;
    readonly headers?: Record<string, string>;
    readonly data?: unknown;
  };
}

/** The HTTP answer inside the error, never the library's own code: it calls a wrong project a dead token. */
function answerOf(error: unknown): VendorAnswer {
  const { code = '', message = '', httpResponse } = error as LibraryError;
  if (httpResponse !== undefined) {
    const { status, headers = {}, data = '' } = httpResponse;
    return answered(status, headers, Buffer.from(typeof data === 'string' ? data : JSON.stringify(data)));
  }
  if (/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|certificate/i.test(message)) {
    return { kind: 'not-sent', because: 'unreachable', cause: message };
  }
  // The library refused to make a request of the message: what Google would say to it.
  if (/invalid-(argument|payload|recipient)/.test(code)) {
    return answered(400, {}, Buffer.from(JSON.stringify({ error: { status: 'INVALID_ARGUMENT', message } })));
  }
  return { kind: 'unknown', because: /timeout/.test(code) ? 'timeout' : 'cut', cause: message };
}

function answered(status: number, headers: Readonly<Record<string, string>>, body: Uint8Array): VendorAnswer {
  return { kind: 'answered', status, headers, body };
}
