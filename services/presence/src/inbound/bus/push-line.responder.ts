import type { Responder } from '@reveille/bus/respond';
import { restoreTokensAskSchema, trustPushLineAskSchema } from '@reveille/contracts/ask/presence';
import { subjects } from '@reveille/contracts/subjects';
import type { restoreTokens } from '../../handlers/restore-tokens.js';
import type { trustPushLine } from '../../handlers/trust-push-line.js';
import { answerForApps, type AskDoor } from './read-ask.js';

export interface PushLineAskHandlers {
  readonly restoreTokens: ReturnType<typeof restoreTokens>;
  readonly trustPushLine: ReturnType<typeof trustPushLine>;
}

/** `im.ask.push-line.<app>.*`: operators alone may ask. */
export function answerPushLineAsks(door: AskDoor, handlers: PushLineAskHandlers): Responder[] {
  return [
    answerForApps(door, subjects.askRestoreTokens, restoreTokensAskSchema, ({ app, ask }) =>
      handlers.restoreTokens(app, ask),
    ),
    answerForApps(door, subjects.askTrustPushLine, trustPushLineAskSchema, ({ app, ask }) =>
      handlers.trustPushLine(app, ask),
    ),
  ];
}
