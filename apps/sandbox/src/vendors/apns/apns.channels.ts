import type { Answer, Exchange } from '../../wire/exchange.js';
import type { VendorDesk } from '../vendor-desk.js';
import type { ApnsConnection } from './apns.connection.js';
import type { ProviderTokens } from './apns.provider-token.js';
import { accepted, apnsReasons, type ApnsReason } from './apns.reasons.js';
import { uuidForm } from './apns.validate.js';
import type { ApnsSwitches } from './apns.switches.js';

const channelPath = /^\/1\/apps\/([^/]+)\/(channels|all-channels)$/;
const broadcastPath = /^\/4\/broadcasts\/apps\/([^/]+)$/;
const broadcastLimitBytes = 5_120;

/** The reasons that only channels have (Handling error responses from APNs). */
const channelReasons = {
  FeatureNotEnabled: 400,
  MissingChannelId: 400,
  BadChannelId: 400,
  ChannelNotRegistered: 400,
  BadRequestParams: 400,
  BadRequestPayload: 400,
  MissingPushType: 400,
  CannotCreateChannelConfig: 400,
  TopicMismatch: 403,
} as const;

type Reason = ApnsReason | keyof typeof channelReasons;

interface Channel {
  readonly bundle: string;
  /** 0 = nothing is stored, 1 = the latest message is. */
  readonly storagePolicy: 0 | 1;
}

export type ChannelSettle = (connection: ApnsConnection, reason: ApnsReason | null) => void;

/** Broadcast channels of Live Activities: managing them, and sending to them. Nobody listens yet: a broadcast is only judged. */
export class ApnsChannels {
  readonly #channels = new Map<string, Channel>();

  constructor(
    private readonly desk: VendorDesk,
    private readonly tokens: ProviderTokens,
    private readonly switches: ApnsSwitches,
    private readonly settle: ChannelSettle,
  ) {}

  /** False when the path is not about channels. */
  handle(connection: ApnsConnection, exchange: Exchange): boolean {
    const managed = channelPath.exec(exchange.path);
    const bundle = managed?.[1] ?? broadcastPath.exec(exchange.path)?.[1];
    if (bundle === undefined) return false;
    const wanted = exchange.headers['apns-request-id'];
    const requestId = wanted !== undefined && uuidForm.test(wanted) ? wanted : this.desk.random.uuid();
    const outcome =
      this.#authorize(connection, exchange, bundle) ??
      (managed === null
        ? this.#broadcast(exchange, bundle)
        : this.#manage(exchange, bundle, managed[2] ?? ''));
    if (typeof outcome !== 'string') this.settle(connection, null);
    exchange.answer(
      typeof outcome === 'string'
        ? refusal(outcome, requestId)
        : { ...outcome, headers: { ...outcome.headers, 'apns-request-id': requestId } },
    );
    return true;
  }

  #authorize(connection: ApnsConnection, exchange: Exchange, bundle: string): Reason | null {
    const authorization = this.tokens.authorize(
      connection,
      exchange.headers['authorization'],
      this.desk.clock.now(),
    );
    if (authorization.kind === 'refused') return authorization.reason;
    const requestId = exchange.headers['apns-request-id'];
    if (requestId !== undefined && !uuidForm.test(requestId)) return 'BadMessageId';
    return authorization.topics === null || authorization.topics.includes(bundle) ? null : 'TopicMismatch';
  }

  #manage(exchange: Exchange, bundle: string, kind: string): Answer | Reason {
    const { method } = exchange;
    if (kind === 'all-channels') {
      const ids = [...this.#channels].filter(([, channel]) => channel.bundle === bundle).map(([id]) => id);
      return method === 'GET' ? json(accepted, { channels: ids }) : 'MethodNotAllowed';
    }
    if (method === 'POST') return this.#create(exchange, bundle);
    if (method !== 'GET' && method !== 'DELETE') return 'MethodNotAllowed';
    const found = this.#find(exchange, bundle);
    if (typeof found === 'string') return found;
    if (method === 'GET')
      return json(accepted, {
        'message-storage-policy': found.channel.storagePolicy,
        'push-type': 'LiveActivity',
      });
    this.#channels.delete(found.id);
    return { status: 204 };
  }

  #create(exchange: Exchange, bundle: string): Answer | Reason {
    const config = readConfig(exchange.body.toString('utf8'));
    if (config === null) return 'BadRequestPayload';
    const count = [...this.#channels.values()].filter((channel) => channel.bundle === bundle).length;
    if (count >= this.switches.channelsPerApp) return 'CannotCreateChannelConfig';
    const id = Buffer.from(this.desk.random.hex(16), 'hex').toString('base64');
    this.#channels.set(id, { bundle, storagePolicy: config.storagePolicy });
    return { status: 201, headers: { 'apns-channel-id': id } };
  }

  #broadcast(exchange: Exchange, bundle: string): Answer | Reason {
    if (exchange.method !== 'POST') return 'MethodNotAllowed';
    const found = this.#find(exchange, bundle);
    if (typeof found === 'string') return found;
    const pushType = exchange.headers['apns-push-type'];
    if (pushType === undefined) return 'MissingPushType';
    if (pushType.toLowerCase() !== 'liveactivity') return 'InvalidPushType';
    const expiration = exchange.headers['apns-expiration'] ?? '0';
    if (!/^\d{1,15}$/.test(expiration)) return 'BadExpirationDate';
    if (found.channel.storagePolicy === 0 && expiration !== '0') return 'BadExpirationDate';
    if (exchange.body.length === 0) return 'PayloadEmpty';
    return exchange.body.length > broadcastLimitBytes ? 'PayloadTooLarge' : { status: accepted };
  }

  #find(exchange: Exchange, bundle: string): { readonly id: string; readonly channel: Channel } | Reason {
    const id = exchange.headers['apns-channel-id'];
    if (id === undefined) return 'MissingChannelId';
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(id)) return 'BadChannelId';
    const channel = this.#channels.get(id);
    return channel?.bundle === bundle ? { id, channel } : 'ChannelNotRegistered';
  }
}

function refusal(reason: Reason, requestId: string): Answer {
  const status =
    reason in channelReasons
      ? channelReasons[reason as keyof typeof channelReasons]
      : apnsReasons[reason as ApnsReason];
  return json(status, { reason }, requestId);
}

function json(status: number, value: unknown, requestId?: string): Answer {
  const id = requestId === undefined ? {} : { 'apns-request-id': requestId };
  return { status, headers: { 'content-type': 'application/json', ...id }, body: JSON.stringify(value) };
}

function readConfig(text: string): { storagePolicy: 0 | 1 } | null {
  try {
    const config = JSON.parse(text) as Record<string, unknown>;
    const policy = config['message-storage-policy'];
    return (policy === 0 || policy === 1) && config['push-type'] === 'LiveActivity'
      ? { storagePolicy: policy }
      : null;
  } catch {
    return null;
  }
}
