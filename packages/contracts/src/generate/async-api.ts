import { askTypes, storedTypes } from '../catalog.js';
import { clientFrameSchema, serverFrameSchema } from '../ws/frames.js';
import { jsonSchemaOf } from './json-schemas.js';
import { platformGuide } from './platform-guide.js';

const headers = {
  type: 'object',
  properties: {
    'Nats-Msg-Id': {
      type: 'string',
      description: 'Deduplication id. It must begin with the app and a colon.',
    },
    traceparent: { type: 'string', description: 'W3C trace context; optional.' },
    'ce-id': { type: 'string' },
    'ce-type': { type: 'string' },
    'ce-source': { type: 'string' },
    'ce-time': { type: 'string', description: 'ISO 8601.' },
    'ce-subject': { type: 'string' },
    'im-correlation': { type: 'string' },
    'im-causation': { type: 'string' },
    'im-version': { type: 'string', description: 'The schema version; 1 when it is left out.' },
  },
  required: ['Nats-Msg-Id'],
};

const parameters = {
  app: { description: 'The app, [A-Za-z0-9_-]{1,32}.' },
  conversationKey: {
    description: 'Any key that is the same for all messages of one conversation; see the encoding of ids.',
  },
  user: { description: 'The recipient; see the encoding of ids.' },
};

/** The AsyncAPI 3 document: the public facts of a platform, its live ask, the inner events, and the WebSocket. */
export function buildAsyncApi(): Record<string, unknown> {
  const messages: Record<string, unknown> = {};
  const channels: Record<string, unknown> = {};
  const operations: Record<string, unknown> = {};
  const ref = (path: string): { $ref: string } => ({ $ref: path });

  for (const [type, known] of Object.entries(storedTypes)) {
    messages[type] = {
      name: type,
      title: type,
      summary: known.summary,
      contentType: 'application/json',
      headers,
      payload: jsonSchemaOf(known.schema),
    };
    if (known.isPublic) {
      const event = type.slice('message-'.length);
      channels[`in-${type}`] = {
        address: `im.in.{app}.message.{conversationKey}.${event}`,
        summary: `Where a platform publishes ${type}.`,
        parameters: { app: parameters.app, conversationKey: parameters.conversationKey },
        messages: { [type]: ref(`#/components/messages/${type}`) },
      };
      operations[`publish-${type}`] = {
        action: 'receive',
        summary: `A platform publishes ${type} and waits for the JetStream PubAck.`,
        channel: ref(`#/channels/in-${type}`),
      };
    }
    channels[`log-${type}`] = {
      address: known.subject,
      summary: `Stream ${known.stream}; written by ${known.owner}.`,
      messages: { [type]: ref(`#/components/messages/${type}`) },
    };
    operations[`store-${type}`] = { action: 'send', channel: ref(`#/channels/log-${type}`) };
  }
  for (const [name, ask] of Object.entries(askTypes)) {
    messages[`${name}-question`] = {
      name: `${name}-question`,
      summary: ask.summary,
      contentType: 'application/json',
      payload: jsonSchemaOf(ask.question),
    };
    const isLive = name === 'live';
    channels[`ask-${name}`] = {
      address: isLive ? 'im.live.{app}.{user}' : ask.subject,
      ...(isLive ? { parameters: { app: parameters.app, user: parameters.user } } : {}),
      summary: `Answered by ${ask.owner}${ask.isPublic ? ', or by the platform that answers for its app' : ''}.`,
      messages: { question: ref(`#/components/messages/${name}-question`) },
    };
    const reply: Record<string, unknown> = {};
    if (ask.answer !== null) {
      messages[`${name}-answer`] = {
        name: `${name}-answer`,
        contentType: 'application/json',
        payload: jsonSchemaOf(ask.answer),
      };
      channels[`answer-${name}`] = {
        address: null,
        messages: { answer: ref(`#/components/messages/${name}-answer`) },
      };
      reply['reply'] = {
        address: { location: '$message.header#/reply' },
        channel: ref(`#/channels/answer-${name}`),
      };
    }
    operations[`ask-${name}`] = {
      action: 'send',
      summary: ask.summary,
      channel: ref(`#/channels/ask-${name}`),
      ...reply,
    };
  }
  messages['client-frame'] = {
    name: 'client-frame',
    contentType: 'application/json',
    payload: jsonSchemaOf(clientFrameSchema),
  };
  messages['server-frame'] = {
    name: 'server-frame',
    contentType: 'application/json',
    payload: jsonSchemaOf(serverFrameSchema),
  };
  channels['websocket'] = {
    address: '/ws',
    summary: 'The gateway, subprotocol reveille.v1: JSON text frames of at most 64 KiB.',
    messages: {
      client: ref('#/components/messages/client-frame'),
      server: ref('#/components/messages/server-frame'),
    },
  };
  operations['websocket-receive'] = {
    action: 'receive',
    channel: ref('#/channels/websocket'),
    messages: [ref('#/channels/websocket/messages/client')],
  };
  operations['websocket-send'] = {
    action: 'send',
    channel: ref('#/channels/websocket'),
    messages: [ref('#/channels/websocket/messages/server')],
  };

  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Reveille',
      version: '1.0.0',
      license: { name: 'Apache-2.0' },
      description: platformGuide,
    },
    defaultContentType: 'application/json',
    servers: {
      nats: {
        host: '127.0.0.1:7420',
        protocol: 'nats',
        description: 'NATS JetStream, nats-server 2.14 or newer.',
      },
    },
    channels,
    operations,
    components: { messages },
  };
}
