import type { PlannedAnswer } from '../../faults.js';
import type { AcceptedPush, PushEffect } from '../../push.js';
import type { Exchange } from '../../wire/exchange.js';
import { makeCallAnswerer, type CallResult, type TargetResult } from '../call-answerer.js';
import type { VendorDesk } from '../vendor-desk.js';
import type { WebpushCounts } from './webpush.counts.js';
import { type CryptoHeader, decryptFor, readCryptoHeader } from './webpush.decrypt.js';
import { bare, refusalNamed, refusalOf, type Refusal, type WebpushFault } from './webpush.faults.js';
import { readShown, type ShownTexts } from './webpush.page.js';
import { serviceAt, serviceProfiles, type WebpushService } from './webpush.services.js';
import type { WebpushSubscription, WebpushSubscriptions } from './webpush.subscriptions.js';
import type { WebpushSwitches } from './webpush.switches.js';
import { type PushHeaders, readPushHeaders } from './webpush.validate.js';
import { readVapid } from './webpush.vapid.js';

const created = 201;
const accepted = 202;
const internalError = 500;
const idBytes = 16;

/** A request that passed all checks. */
interface GoodPush {
  readonly subscription: WebpushSubscription;
  readonly headers: PushHeaders;
  readonly text: Buffer | null;
}

/** Answers pushes as browsers' push services do: place, method, headers, size, VAPID, life of the subscription, rate. */
export function makeWebpushDesk(
  desk: VendorDesk,
  subscriptions: WebpushSubscriptions,
  counts: WebpushCounts,
  switches: WebpushSwitches,
): (exchange: Exchange) => void {
  const answerCall = makeCallAnswerer(desk);

  const check = (exchange: Exchange, place: Place): GoodPush | WebpushFault => {
    const { service, subscription } = place;
    if (subscription === null) return 'not-found';
    if (exchange.method !== 'POST') return 'method-not-allowed';
    const headers = readPushHeaders(service, exchange);
    if (typeof headers === 'string') return headers;
    const limit = Math.max(serviceProfiles[service].maxBodyBytes, switches.maxBodyBytes);
    if (exchange.body.length > limit) return 'too-large';
    const refused = checkVapid(exchange, subscription, place.crypto);
    if (refused !== null) return refused;
    if (desk.phones.findToken(subscription.token)?.state !== 'active') return 'gone';
    if (!counts.admits(subscription.id, switches.perSubscriptionPerMinute)) return 'throttled';
    // A push without a body is one that says nothing.
    if (exchange.body.length > 0 && place.crypto === null) return 'bad-crypto';
    return { subscription, headers, text: place.text };
  };

  const checkVapid = (
    exchange: Exchange,
    { service, applicationServerKey }: WebpushSubscription,
    crypto: CryptoHeader | null,
  ): WebpushFault | null => {
    const { authorization } = exchange.headers;
    if (authorization === undefined && applicationServerKey === null) return null;
    const origin = `https://${exchange.headers[':authority'] ?? exchange.headers['host'] ?? ''}`;
    const vapid = readVapid(authorization, {
      origin,
      nowSeconds: Math.floor(desk.clock.now() / 1_000),
      wantsSubject: serviceProfiles[service].wantsSubject,
      subscriptionKey: applicationServerKey,
    });
    if (vapid.kind === 'fault') return vapid.fault;
    counts.noteToken(vapid.publicKey, origin, vapid.token);
    // RFC 8292, 3.2: one key must not sign and encrypt.
    return crypto?.senderKey.toString('base64url') === vapid.publicKey ? 'bad-crypto' : null;
  };

  const deliver = ({ subscription, headers, text }: GoodPush, vendorId: string): PushEffect => {
    if (desk.load.fast) return 'shown';
    const phone = desk.phones.findToken(subscription.token)?.phone;
    if (phone === undefined) return 'dropped';
    // The service cannot look into a message: it takes it, and the browser finds that it cannot read it.
    if (text === null) return desk.phones.discard(phone, vendorId, 'undecryptable');
    return desk.phones.receive(phone, pushOf(headers, readShown(text), vendorId, desk.clock.now()));
  };

  const process = (exchange: Exchange, place: Place): CallResult => {
    const read = check(exchange, place);
    if (typeof read === 'string') {
      const wait = read === 'throttled' && switches.retryAfterSeconds > 0 ? switches.retryAfterSeconds : null;
      return resultOf(refusalOf(place.service, read, wait));
    }
    const vendorId = place.service === 'apple' ? desk.random.uuid() : desk.random.base64url(idBytes);
    const authority = exchange.headers[':authority'] ?? exchange.headers['host'] ?? '';
    const location = `https://${authority}/m/${vendorId}`;
    const name = place.service === 'apple' ? vendorId : location;
    const result: TargetResult = { reason: null, effect: deliver(read, vendorId), vendorId: name };
    const { loweredTtl, wantsReceipt } = read.headers;
    return {
      answer: {
        status: wantsReceipt && place.service === 'rfc' ? accepted : created,
        headers: {
          ...(place.service === 'apple' ? { 'apns-id': vendorId } : { location }),
          ...(loweredTtl !== null && { ttl: String(loweredTtl) }),
        },
        body: null,
      },
      reason: null,
      results: [result],
    };
  };

  return (exchange) => {
    const place = placeOf(exchange, subscriptions);
    const { urgency, topic } = exchange.headers;
    const tag = place.text === null ? null : readShown(place.text).tag;
    answerCall(exchange, {
      vendor: 'webpush',
      environment: place.service,
      topic: place.subscription?.applicationServerKey ?? null,
      pushType: urgency ?? null,
      targets: [
        {
          token: place.subscription?.token ?? null,
          // The topic says what a later push replaces on the way; on the screen that is the page's tag.
          collapseId: tag === null ? (topic ?? null) : null,
          tag,
        },
      ],
      payload: place.text?.toString('utf8') ?? null,
      process: () => process(exchange, place),
      planned: (action) => resultOf(plannedRefusal(place.service, action)),
    });
  };
}

/** Where a request leads, and what its body says to whoever may read it. */
interface Place {
  readonly service: WebpushService;
  readonly subscription: WebpushSubscription | null;
  readonly crypto: CryptoHeader | null;
  readonly text: Buffer | null;
}

function placeOf({ path, body }: Exchange, subscriptions: WebpushSubscriptions): Place {
  const found = serviceAt(path);
  const known = found === null ? null : subscriptions.find(found.id);
  const subscription = known !== null && known.service === found?.service ? known : null;
  const crypto = readCryptoHeader(body);
  const text =
    crypto === null || subscription === null
      ? null
      : decryptFor(subscription.browser, subscription.authSecret, crypto);
  return { service: found?.service ?? 'rfc', subscription, crypto, text };
}

function resultOf({ answer, reason }: Refusal): CallResult {
  return { answer, reason };
}

function plannedRefusal(
  service: WebpushService,
  { reason, status, retryAfterSeconds }: PlannedAnswer,
): Refusal {
  const named = reason === null ? null : refusalNamed(service, reason, retryAfterSeconds);
  return named ?? bare(status ?? internalError, reason ?? 'planned', retryAfterSeconds);
}

function pushOf(headers: PushHeaders, shown: ShownTexts, vendorId: string, now: number): AcceptedPush {
  const { tag, title, body, badge, data } = shown;
  return {
    vendorId,
    kind: title === null && body === null ? 'data' : 'notification',
    collapseId: null,
    tag,
    title,
    body,
    badge,
    data,
    expiresAt: headers.ttlSeconds === 0 ? 0 : now + headers.ttlSeconds * 1_000,
    storageKey: headers.topic,
  };
}
