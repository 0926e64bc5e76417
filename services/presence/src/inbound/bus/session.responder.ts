import { type Responder, respond } from '@reveille/bus/respond';
import {
  closeSessionAskSchema,
  leaseGatewayAskSchema,
  moveSessionAskSchema,
  openSessionAskSchema,
} from '@reveille/contracts/ask/presence';
import type { GatewayId } from '@reveille/contracts/ids';
import { subjects } from '@reveille/contracts/subjects';
import type { closeSession } from '../../handlers/close-session.js';
import type { moveSession } from '../../handlers/move-session.js';
import type { openSession } from '../../handlers/open-session.js';
import { answerForApps, type AskDoor, askQueue, readAsk, refuse } from './read-ask.js';

export interface SessionAskHandlers {
  readonly openSession: ReturnType<typeof openSession>;
  readonly closeSession: ReturnType<typeof closeSession>;
  readonly moveSession: ReturnType<typeof moveSession>;
  readonly renewLease: (gatewayId: GatewayId) => Promise<void>;
}

const done = { done: true } as const;

/** `im.ask.session.<app>.*` and the leases of gateways. */
export function answerSessionAsks(door: AskDoor, handlers: SessionAskHandlers): Responder[] {
  return [
    answerForApps(door, subjects.askOpenSession, openSessionAskSchema, async ({ app, ask, traceparent }) => {
      const result = await handlers.openSession(app, ask, traceparent);
      return result.kind === 'refused' ? refuse(result.refusal) : result.answer;
    }),
    answerForApps(
      door,
      subjects.askCloseSession,
      closeSessionAskSchema,
      async ({ app, ask, traceparent }) => {
        await handlers.closeSession(app, ask, traceparent);
        return done;
      },
    ),
    answerForApps(door, subjects.askMoveSession, moveSessionAskSchema, async ({ app, ask, traceparent }) => {
      await handlers.moveSession(app, ask, traceparent);
      return done;
    }),
    respond(door.bus, subjects.askLeaseGateway(), { queue: askQueue }, async (body) => {
      await handlers.renewLease(readAsk(leaseGatewayAskSchema, body).gatewayId);
      return done;
    }),
  ];
}
