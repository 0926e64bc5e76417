import { z } from 'zod';
import { describeUserAnswerSchema, doneAnswerSchema } from '../ask/presence.js';
import { inboxPageAnswerSchema, timelineAnswerSchema } from '../ask/router.js';
import { problemSchema } from './problem.js';
import {
  deviceProofRequestSchema,
  registerPushRequestSchema,
  registerPushResponseSchema,
} from './register-device.js';
import { sendMessageRequestSchema, sendMessageResponseSchema } from './send-message.js';

/** One HTTP route of the gateway; the OpenAPI document is made of these. */
export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly auth: 'client-or-server' | 'none';
  readonly query?: Readonly<Record<string, { schema: z.ZodType; description: string; required: boolean }>>;
  readonly request?: z.ZodType;
  readonly response: z.ZodType;
  readonly status: number;
}

export const routes: readonly Route[] = [
  {
    method: 'post',
    path: '/v1/messages',
    operationId: 'sendMessage',
    auth: 'client-or-server',
    status: 201,
    summary:
      'Accept a message. It is stored before the answer; with a clientMessageId the request may be repeated at any time.',
    request: sendMessageRequestSchema,
    response: sendMessageResponseSchema,
  },
  {
    method: 'get',
    path: '/v1/messages/{messageId}/timeline',
    operationId: 'readTimeline',
    auth: 'client-or-server',
    status: 200,
    summary:
      "The message's story: accepted, settled with a verdict per device, every attempt and its answer. Server key only.",
    response: timelineAnswerSchema,
  },
  {
    method: 'put',
    path: '/v1/devices/{deviceId}/push',
    operationId: 'registerPush',
    auth: 'client-or-server',
    status: 200,
    summary: "Register or rotate a device's push token.",
    request: registerPushRequestSchema,
    response: registerPushResponseSchema,
  },
  {
    method: 'delete',
    path: '/v1/devices/{deviceId}/push',
    operationId: 'unregisterPush',
    auth: 'client-or-server',
    status: 200,
    summary: 'Switch push off on a device.',
    request: deviceProofRequestSchema,
    response: doneAnswerSchema,
  },
  {
    method: 'delete',
    path: '/v1/devices/{deviceId}/binding',
    operationId: 'unbindUser',
    auth: 'client-or-server',
    status: 200,
    summary: 'Log the user out of a device: once this is answered nothing is pushed there for them.',
    request: deviceProofRequestSchema,
    response: doneAnswerSchema,
  },
  {
    method: 'get',
    path: '/v1/users/{user}',
    operationId: 'describeUser',
    auth: 'client-or-server',
    status: 200,
    summary: 'Devices, bindings and live sessions of a user.',
    response: describeUserAnswerSchema,
  },
  {
    method: 'get',
    path: '/v1/inbox',
    operationId: 'readInbox',
    auth: 'client-or-server',
    status: 200,
    summary: 'What the user missed, oldest first.',
    query: {
      user: { schema: z.string(), description: 'Only with a server key.', required: false },
      cursor: { schema: z.string(), description: 'From the page before.', required: false },
      limit: {
        schema: z.number().int().min(1).max(200),
        description: 'Default 100. Pages of large messages are shorter: go on while `more`.',
        required: false,
      },
    },
    response: inboxPageAnswerSchema,
  },
];

export { problemSchema };
