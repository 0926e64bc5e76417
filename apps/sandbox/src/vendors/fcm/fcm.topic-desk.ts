import { decodePart } from '../../wire/decode-part.js';
import type { Answer, Exchange } from '../../wire/exchange.js';
import type { Phones } from '../../phones.js';
import { answerOfError, fcmErrors, invalidArgument, unauthenticated } from './fcm.errors.js';
import type { FcmOauth } from './fcm.oauth.js';
import type { FcmTopics } from './fcm.topics.js';

const subscriptionPath =
  /^\/v1\/projects\/([^/]+)\/registrations\/([^/]+)\/topicSubscriptions(?:\/([^/?]+))?(?:\?(.*))?$/;
const batchPath = /^\/iid\/v1:batch(Add|Remove)$/;
const tokensPerBatch = 1_000;

/** The two ways to manage topic subscriptions: the v1 one and the older batch one. */
export class FcmTopicDesk {
  constructor(
    private readonly phones: Phones,
    private readonly oauth: FcmOauth,
    private readonly topics: FcmTopics,
  ) {}

  /** Null when the path is not about topics. */
  answer(exchange: Exchange, now: number): Answer | null {
    const single = subscriptionPath.exec(exchange.path);
    const batch = batchPath.exec(exchange.path);
    if (single === null && batch === null) return null;
    const bearer = this.oauth.find(
      /^bearer +(.+)$/i.exec(exchange.headers['authorization'] ?? '')?.[1] ?? '',
      now,
    );
    if (bearer.kind !== 'good') return answerOfError(unauthenticated('ACCESS_TOKEN_EXPIRED'), null);
    const { projectId } = bearer.token.account;
    if (batch !== null) return this.#batch(exchange, projectId, batch[1] === 'Add');
    const [, , token, name, query = ''] = single ?? [];
    const parts = [decodePart(token ?? ''), decodePart(name ?? '')] as const;
    if (parts[0] === null || parts[1] === null) return answerOfError(fcmErrors.NOT_FOUND, null);
    return this.#single(exchange.method, projectId, parts[0], parts[1], new URLSearchParams(query));
  }

  #single(method: string, projectId: string, token: string, name: string, query: URLSearchParams): Answer {
    const record = this.phones.findToken(token);
    if (record === null || record.state !== 'active') return answerOfError(fcmErrors.UNREGISTERED, null);
    if (record.phone.details['project'] !== projectId)
      return answerOfError(fcmErrors.SENDER_ID_MISMATCH, null);
    if (method === 'DELETE') {
      const wasThere = this.topics.unsubscribe(projectId, name, record);
      return wasThere || query.get('allow_missing') === 'true'
        ? json({})
        : answerOfError(fcmErrors.NOT_FOUND, null);
    }
    const topic = query.get('topic_name') ?? '';
    if (topic === '') return answerOfError(invalidArgument('Invalid topic name.', 'topic_name'), null);
    this.topics.subscribe(projectId, topic, record);
    return json({ name: `projects/${projectId}/registrations/${token}/topicSubscriptions/${topic}` });
  }

  #batch(exchange: Exchange, projectId: string, isAdd: boolean): Answer {
    const request = readBatch(exchange.body.toString('utf8'));
    if (request === null)
      return { status: 400, headers: jsonType, body: JSON.stringify({ error: 'InvalidArgument' }) };
    const results = request.tokens.map((token) => {
      const record = this.phones.findToken(token);
      if (record === null || record.state !== 'active') return { error: 'NOT_FOUND' };
      if (record.phone.details['project'] !== projectId) return { error: 'PERMISSION_DENIED' };
      if (isAdd) this.topics.subscribe(projectId, request.topic, record);
      else this.topics.unsubscribe(projectId, request.topic, record);
      return {};
    });
    return json({ results });
  }
}

const jsonType = { 'content-type': 'application/json; charset=UTF-8' };

function json(value: unknown): Answer {
  return { status: 200, headers: jsonType, body: JSON.stringify(value) };
}

function readBatch(body: string): { topic: string; tokens: string[] } | null {
  try {
    const { to, registration_tokens: tokens } = JSON.parse(body) as {
      to?: unknown;
      registration_tokens?: unknown;
    };
    if (typeof to !== 'string' || !Array.isArray(tokens) || tokens.length > tokensPerBatch) return null;
    return { topic: to, tokens: tokens.map((token) => (typeof token === 'string' ? token : '')) };
  } catch {
    return null;
  }
}
