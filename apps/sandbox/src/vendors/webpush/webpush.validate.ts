import type { Exchange } from '../../wire/exchange.js';
import type { WebpushFault } from './webpush.faults.js';
import { serviceProfiles, type WebpushService } from './webpush.services.js';

const urgencies: ReadonlySet<string> = new Set(['very-low', 'low', 'normal', 'high']);
const topicForm = /^[A-Za-z0-9_-]{1,32}$/;

/** What the headers of a push say. */
export interface PushHeaders {
  readonly ttlSeconds: number;
  /** Set when it had to be lowered, and the answer says so. */
  readonly loweredTtl: number | null;
  readonly urgency: string;
  readonly topic: string | null;
  readonly wantsReceipt: boolean;
}

/** RFC 8030, 5.2 to 5.4, and RFC 8291, 4. */
export function readPushHeaders(
  service: WebpushService,
  { headers, repeatedHeaders }: Pick<Exchange, 'headers' | 'repeatedHeaders'>,
): PushHeaders | WebpushFault {
  const { ttl, urgency = 'normal', topic } = headers;
  if (ttl === undefined) return 'missing-ttl';
  if (!/^\d+$/.test(ttl) || repeatedHeaders.includes('ttl')) return 'bad-ttl';
  const { maxTtlSeconds, longerTtl } = serviceProfiles[service];
  const isLonger = Number(ttl) > maxTtlSeconds;
  if (isLonger && longerTtl === 'refused') return 'bad-ttl';
  if (!urgencies.has(urgency) || repeatedHeaders.includes('urgency')) return 'bad-urgency';
  if (topic !== undefined && (!topicForm.test(topic) || repeatedHeaders.includes('topic')))
    return 'bad-topic';
  if (headers['content-encoding'] !== 'aes128gcm') return 'bad-encoding';
  return {
    ttlSeconds: isLonger ? maxTtlSeconds : Number(ttl),
    loweredTtl: isLonger && longerTtl === 'lowered' ? maxTtlSeconds : null,
    urgency,
    topic: topic ?? null,
    wantsReceipt: /(^|,)\s*respond-async\s*(,|$)/i.test(headers['prefer'] ?? ''),
  };
}
