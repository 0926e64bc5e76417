import { readFileSync } from 'node:fs';
import type apn from '@parse/node-apn';
import type { Sender, VendorAnswer, VendorRequest } from '../vendor.js';

export interface NodeApnSenderOptions {
  readonly caFile: string | null;
  readonly signingKey: { readonly file: string; readonly keyId: string; readonly teamId: string };
}

interface Failure {
  readonly status?: number | string;
  readonly response?: { readonly reason?: string; readonly timestamp?: number };
  readonly error?: Error;
}

const requestTimeoutMs = 10_000;

/**
 * `Sender` over @parse/node-apn, with its own repeats switched off. What it cannot promise (docs/vendors/apns.md): Retry-After,
 * traceparent and a status without a body are not seen, a request cannot be withdrawn, after a GOAWAY with an error or a cut
 * every request in flight is `unknown`, and it signs its own JWT, one per connection.
 */
export class NodeApnSender implements Sender {
  readonly #providers = new Map<string, apn.Provider>();
  readonly #pending = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(private readonly options: NodeApnSenderOptions) {}

  async send(request: VendorRequest, signal: AbortSignal): Promise<VendorAnswer> {
    if (this.#isClosed || signal.aborted)
      return { kind: 'not-sent', because: 'withdrawn', cause: 'withdrawn before it was written' };
    const token = decodeURIComponent(request.path.slice(request.path.lastIndexOf('/') + 1));
    const sending = this.#sendTo(request, token);
    this.#pending.add(sending);
    try {
      const { sent, failed } = await sending;
      const accepted = sent[0] as { 'apns-id'?: string } | undefined;
      if (accepted !== undefined) return answered(200, accepted['apns-id'], new Uint8Array());
      return answerOf((failed[0] ?? {}) as Failure & { 'apns-id'?: string });
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
    for (const provider of this.#providers.values()) void provider.shutdown();
  }

  async #sendTo(request: VendorRequest, token: string): Promise<Awaited<ReturnType<apn.Provider['send']>>> {
    const { default: library } = await loadLibrary();
    return this.#providerFor(library, request).send(notificationOf(library, request), token);
  }

  #providerFor(library: Library, { origin, connectionKey }: VendorRequest): apn.Provider {
    const key = `${origin}\n${connectionKey}`;
    const known = this.#providers.get(key);
    if (known !== undefined) return known;
    const { hostname, port } = new URL(origin);
    const { file, keyId, teamId } = this.options.signingKey;
    const options = {
      address: hostname,
      port: port === '' ? 443 : Number(port),
      ...(this.options.caFile !== null && { ca: [readFileSync(this.options.caFile)] }),
      token: { key: readFileSync(file, 'utf8'), keyId, teamId },
      connectionRetryLimit: 0,
      requestTimeout: requestTimeoutMs,
      // Handed through to node:http2: without it up to 100 requests go out before the server has said how many it takes.
      peerMaxConcurrentStreams: 1,
    };
    const provider = new library.Provider(options);
    this.#providers.set(key, provider);
    return provider;
  }
}

type Library = typeof apn;
/** Loaded only where an app has chosen it. */
const loadLibrary = () => import('@parse/node-apn');

function notificationOf(library: Library, { headers, body }: VendorRequest): apn.Notification {
  const notification = new library.Notification();
  const text = (name: string): string => headers[name] ?? '';
  notification.rawPayload = JSON.parse(Buffer.from(body).toString()) as object;
  notification.topic = text('apns-topic');
  notification.pushType = text('apns-push-type') as apn.NotificationPushType;
  notification.priority = Number(text('apns-priority'));
  notification.expiry = Number(text('apns-expiration'));
  notification.collapseId = text('apns-collapse-id');
  notification.id = text('apns-id');
  return notification;
}

/** The library tells statuses, its own timeouts and broken connections apart by text only. */
function answerOf(failure: Failure & { readonly 'apns-id'?: string }): VendorAnswer {
  const { status, response, error } = failure;
  if (typeof status === 'number') {
    const reason = response ?? {
      reason: error?.message.startsWith('Error 500') ? 'InternalServerError' : error?.message,
    };
    return answered(status, failure['apns-id'], Buffer.from(JSON.stringify(reason)));
  }
  const text = error?.message ?? 'no reason';
  if (/timeout/i.test(text)) return { kind: 'unknown', because: 'timeout', cause: text };
  if (/REFUSED_STREAM/.test(text)) return { kind: 'not-sent', because: 'refused', cause: text };
  if (/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|certificate/i.test(text))
    return { kind: 'not-sent', because: 'unreachable', cause: text };
  return { kind: 'unknown', because: 'cut', cause: text };
}

function answered(status: number, apnsId: string | undefined, body: Uint8Array): VendorAnswer {
  return { kind: 'answered', status, headers: apnsId === undefined ? {} : { 'apns-id': apnsId }, body };
}
