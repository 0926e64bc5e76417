import type { Responder } from '@reveille/bus/respond';
import {
  describeUserAskSchema,
  registerPushAskSchema,
  unbindUserAskSchema,
  unregisterPushAskSchema,
} from '@reveille/contracts/ask/presence';
import { subjects } from '@reveille/contracts/subjects';
import type { describeUser } from '../../handlers/describe-users.js';
import type { registerPush } from '../../handlers/register-push.js';
import type { unbindUser } from '../../handlers/unbind-user.js';
import type { unregisterPush } from '../../handlers/unregister-push.js';
import { answerForApps, type AskDoor, refuse } from './read-ask.js';

export interface DeviceAskHandlers {
  readonly registerPush: ReturnType<typeof registerPush>;
  readonly unregisterPush: ReturnType<typeof unregisterPush>;
  readonly unbindUser: ReturnType<typeof unbindUser>;
  readonly describeUser: ReturnType<typeof describeUser>;
}

const done = { done: true } as const;

/** `im.ask.device.<app>.*` */
export function answerDeviceAsks(door: AskDoor, handlers: DeviceAskHandlers): Responder[] {
  return [
    answerForApps(
      door,
      subjects.askRegisterPush,
      registerPushAskSchema,
      async ({ app, ask, traceparent }) => {
        const result = await handlers.registerPush({ app, deviceId: ask.deviceId, traceparent }, ask);
        return result.kind === 'refused' ? refuse(result.refusal) : result.answer;
      },
    ),
    answerForApps(
      door,
      subjects.askUnregisterPush,
      unregisterPushAskSchema,
      async ({ app, ask, traceparent }) => {
        const result = await handlers.unregisterPush({ app, deviceId: ask.deviceId, traceparent }, ask);
        return result.kind === 'refused' ? refuse(result.refusal) : done;
      },
    ),
    answerForApps(door, subjects.askUnbindUser, unbindUserAskSchema, async ({ app, ask, traceparent }) => {
      const result = await handlers.unbindUser({ app, deviceId: ask.deviceId, traceparent }, ask);
      return result.kind === 'refused' ? refuse(result.refusal) : done;
    }),
    answerForApps(door, subjects.askDescribeUser, describeUserAskSchema, ({ app, ask }) =>
      handlers.describeUser(app, ask.user),
    ),
  ];
}
