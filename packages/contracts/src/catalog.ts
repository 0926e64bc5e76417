import type { z } from 'zod';
import { appRemovedSchema, appSettingsSchema } from './app/events.js';
import * as askApp from './ask/app.js';
import * as askDeadLetter from './ask/dead-letter.js';
import * as askPresence from './ask/presence.js';
import * as askRouter from './ask/router.js';
import { liveAnswerSchema, liveAskSchema } from './ask/live.js';
import { deliveryLateAcknowledgedSchema, deliverySettledSchema } from './delivery/events.js';
import { deadLetterDroppedSchema, deadLetterRedrivenSchema } from './dead-letter.js';
import * as device from './device/events.js';
import { pushLineSuspectedSchema, pushLineTrustedSchema } from './device/push-line.js';
import { messageAcceptedSchema, messageRevokedSchema } from './message/events.js';
import type { ServiceName } from './permissions.js';
import { pushAttemptedSchema, pushClosedSchema } from './push/events.js';
import { pushJobSchema } from './push/job.js';
import { pushReceiptedSchema } from './push/receipt.js';
import { pushWithdrawnSchema, withdrawalJobSchema } from './push/withdrawal.js';
import { sessionClosedSchema, sessionMovedSchema, sessionOpenedSchema } from './session/events.js';
import { consumers, type StreamName } from './streams.js';
import { subjectPatterns as p, subjects } from './subjects.js';

/** A fact or a job: who says it, where it is kept, what it looks like at its newest version. */
export interface StoredType {
  readonly kind: 'event' | 'job';
  readonly version: number;
  readonly schema: z.ZodType;
  readonly stream: StreamName;
  /** The subject that it is stored under, as a pattern. */
  readonly subject: string;
  readonly owner: ServiceName;
  /** An IM platform may publish it too. */
  readonly isPublic: boolean;
  readonly summary: string;
}

/** An ask: who answers it, with what. */
export interface AskType {
  readonly kind: 'ask';
  readonly subject: string;
  readonly question: z.ZodType;
  /** Null for the one that is only published. */
  readonly answer: z.ZodType | null;
  readonly owner: ServiceName;
  readonly askers: readonly ServiceName[];
  readonly isPublic: boolean;
  readonly summary: string;
}

const event = (
  stream: StreamName,
  subject: string,
  owner: ServiceName,
  schema: z.ZodType,
  summary: string,
): StoredType => ({
  kind: 'event',
  version: 1,
  schema,
  stream,
  subject,
  owner,
  isPublic: false,
  summary,
});

/** Every type of fact and job, by its full name. */
export const storedTypes: Readonly<Record<string, StoredType>> = {
  'message-accepted': {
    ...event(
      'MESSAGES',
      p.messages,
      'gateway',
      messageAcceptedSchema,
      'A message that will be delivered or explained.',
    ),
    isPublic: true,
  },
  'message-revoked': {
    ...event(
      'MESSAGES',
      p.messages,
      'gateway',
      messageRevokedSchema,
      'A message was taken back by its sender.',
    ),
    isPublic: true,
  },
  'delivery-settled': event(
    'DELIVERIES',
    p.deliveries,
    'router',
    deliverySettledSchema,
    'The verdict for each device of up to 500 recipients.',
  ),
  'delivery-late-acknowledged': event(
    'DELIVERIES',
    p.deliveries,
    'router',
    deliveryLateAcknowledgedSchema,
    'A device acknowledged after a push was decided for it.',
  ),
  'push-attempted': event(
    'PUSHES',
    p.pushes,
    'vendor-workers',
    pushAttemptedSchema,
    'What one delivery of a push job led to, target by target.',
  ),
  'push-closed': event(
    'PUSHES',
    p.pushes,
    'vendor-workers',
    pushClosedSchema,
    'A push that was decided and will not happen, and why.',
  ),
  'push-receipted': event(
    'PUSHES',
    p.pushes,
    'vendor-workers',
    pushReceiptedSchema,
    'What a vendor said of a push after it took it.',
  ),
  'push-withdrawn': event(
    'PUSHES',
    p.pushes,
    'vendor-workers',
    pushWithdrawnSchema,
    "What became of taking a push's notifications back, target by target.",
  ),
  'user-bound': event(
    'DEVICES',
    p.devices,
    'presence',
    device.userBoundSchema,
    'A user logged in on a device.',
  ),
  'user-unbound': event(
    'DEVICES',
    p.devices,
    'presence',
    device.userUnboundSchema,
    'A user logged out on a device.',
  ),
  'push-token-bound': event(
    'DEVICES',
    p.devices,
    'presence',
    device.pushTokenBoundSchema,
    'A push token belongs to a device.',
  ),
  'push-token-lost': event(
    'DEVICES',
    p.devices,
    'presence',
    device.pushTokenLostSchema,
    'Another device registered the same token later.',
  ),
  'push-token-invalidated': event(
    'DEVICES',
    p.devices,
    'presence',
    device.pushTokenInvalidatedSchema,
    'The vendor says that a token is dead.',
  ),
  'push-token-restored': event(
    'DEVICES',
    p.devices,
    'presence',
    device.pushTokenRestoredSchema,
    'A token that was called dead counts again.',
  ),
  'push-line-suspected': event(
    'DEVICES',
    p.pushLines,
    'presence',
    pushLineSuspectedSchema,
    "Too many of an app's tokens died at once: a vendor's word about them is not believed.",
  ),
  'push-line-trusted': event(
    'DEVICES',
    p.pushLines,
    'presence',
    pushLineTrustedSchema,
    "A vendor's word about an app's tokens counts again.",
  ),
  'push-unregistered': event(
    'DEVICES',
    p.devices,
    'presence',
    device.pushUnregisteredSchema,
    'The app switched push off on a device.',
  ),
  'session-opened': event(
    'SESSIONS',
    p.sessions,
    'presence',
    sessionOpenedSchema,
    'A device logged in over a live connection.',
  ),
  'session-moved': event(
    'SESSIONS',
    p.sessions,
    'presence',
    sessionMovedSchema,
    'A session went to the background or came back.',
  ),
  'session-closed': event('SESSIONS', p.sessions, 'presence', sessionClosedSchema, 'A session ended.'),
  'app-configured': event('APPS', p.apps, 'router', appSettingsSchema, 'The settings of an app, whole.'),
  'app-removed': event('APPS', p.apps, 'router', appRemovedSchema, 'An app is gone.'),
  'dead-letter-redriven': event(
    'DEAD_LETTERS',
    p.deadLettersSettled,
    'router',
    deadLetterRedrivenSchema,
    'An operator had work that was given up begun again.',
  ),
  'dead-letter-dropped': event(
    'DEAD_LETTERS',
    p.deadLettersSettled,
    'router',
    deadLetterDroppedSchema,
    'An operator left work given up.',
  ),
  'push-job': {
    ...event(
      'PUSH_JOBS',
      p.pushJobs,
      'router',
      pushJobSchema,
      'One message to up to 500 targets of one vendor.',
    ),
    kind: 'job',
  },
  'withdrawal-job': {
    ...event(
      'PUSH_JOBS',
      p.pushJobs,
      'router',
      withdrawalJobSchema,
      "Take a push job's notifications off the phones again.",
    ),
    kind: 'job',
  },
};

const ask = (
  subject: string,
  owner: ServiceName,
  askers: readonly ServiceName[],
  question: z.ZodType,
  answer: z.ZodType | null,
  summary: string,
): AskType => ({ kind: 'ask', subject, owner, askers, question, answer, isPublic: false, summary });

/** Every ask, by a name. */
export const askTypes: Readonly<Record<string, AskType>> = {
  live: {
    ...ask(
      p.live,
      'gateway',
      ['router'],
      liveAskSchema,
      liveAnswerSchema,
      'Here is a message: who holds the user, who acknowledges?',
    ),
    isPublic: true,
  },
  'register-push': ask(
    'im.ask.device.*.register-push',
    'presence',
    ['gateway'],
    askPresence.registerPushAskSchema,
    askPresence.registerPushAnswerSchema,
    'Register or rotate a push token.',
  ),
  'unregister-push': ask(
    'im.ask.device.*.unregister-push',
    'presence',
    ['gateway'],
    askPresence.unregisterPushAskSchema,
    askPresence.doneAnswerSchema,
    'Switch push off on a device.',
  ),
  'unbind-user': ask(
    'im.ask.device.*.unbind-user',
    'presence',
    ['gateway'],
    askPresence.unbindUserAskSchema,
    askPresence.doneAnswerSchema,
    'Log a user out of a device.',
  ),
  'describe-user': ask(
    'im.ask.device.*.describe-user',
    'presence',
    ['gateway'],
    askPresence.describeUserAskSchema,
    askPresence.describeUserAnswerSchema,
    'Devices, bindings and sessions of a user.',
  ),
  'open-session': ask(
    'im.ask.session.*.open',
    'presence',
    ['gateway'],
    askPresence.openSessionAskSchema,
    askPresence.openSessionAnswerSchema,
    'Record a session and bind its user.',
  ),
  'close-session': ask(
    'im.ask.session.*.close',
    'presence',
    ['gateway'],
    askPresence.closeSessionAskSchema,
    askPresence.doneAnswerSchema,
    'A session ended.',
  ),
  'move-session': ask(
    'im.ask.session.*.background',
    'presence',
    ['gateway'],
    askPresence.moveSessionAskSchema,
    askPresence.doneAnswerSchema,
    'A session went to the background or came back.',
  ),
  'lease-gateway': ask(
    subjects.askLeaseGateway(),
    'presence',
    ['gateway'],
    askPresence.leaseGatewayAskSchema,
    askPresence.doneAnswerSchema,
    'A gateway lives.',
  ),
  kick: ask(
    p.kicks,
    'gateway',
    ['gateway'],
    askPresence.kickAskSchema,
    askPresence.doneAnswerSchema,
    'End sessions that a newer login has replaced.',
  ),
  lookup: ask(
    subjects.askLookup(),
    'presence',
    ['router'],
    askPresence.lookupAskSchema,
    askPresence.lookupAnswerSchema,
    'Devices, bindings and sessions of many users.',
  ),
  targets: ask(
    subjects.askTargets(),
    'presence',
    ['vendor-workers'],
    askPresence.targetsAskSchema,
    askPresence.targetsAnswerSchema,
    'Are these push targets still bound, and what is their token?',
  ),
  owners: ask(
    subjects.askOwners(),
    'presence',
    ['vendor-workers'],
    askPresence.ownersAskSchema,
    askPresence.ownersAnswerSchema,
    'Who has the tokens that a vendor speaks about?',
  ),
  'restore-tokens': ask(
    'im.ask.push-line.*.restore',
    'presence',
    ['operator'],
    askPresence.restoreTokensAskSchema,
    askPresence.restoreTokensAnswerSchema,
    'Some of the tokens that died since then are alive again.',
  ),
  'trust-push-line': ask(
    'im.ask.push-line.*.trust',
    'presence',
    ['operator'],
    askPresence.trustPushLineAskSchema,
    askPresence.trustPushLineAnswerSchema,
    "Believe the vendor's word about this app's tokens again.",
  ),
  'redrive-dead-letter': ask(
    subjects.askRedriveDeadLetter(),
    'router',
    ['operator'],
    askDeadLetter.settleDeadLetterAskSchema,
    askDeadLetter.settleDeadLetterAnswerSchema,
    'Begin work again that was given up.',
  ),
  'drop-dead-letter': ask(
    subjects.askDropDeadLetter(),
    'router',
    ['operator'],
    askDeadLetter.settleDeadLetterAskSchema,
    askDeadLetter.settleDeadLetterAnswerSchema,
    'Leave work given up.',
  ),
  'rerun-token-verdict': ask(
    subjects.askRerun(consumers.tokenVerdicts.name),
    'presence',
    ['router'],
    askDeadLetter.rerunAskSchema,
    askDeadLetter.rerunAnswerSchema,
    "Weigh a vendor's verdict on tokens again.",
  ),
  'configure-app': ask(
    'im.ask.app.*.configure',
    'router',
    ['operator'],
    askApp.configureAppAskSchema,
    askApp.appChangedAnswerSchema,
    'Make an app what a document says, as its next revision.',
  ),
  'remove-app': ask(
    'im.ask.app.*.remove',
    'router',
    ['operator'],
    askApp.removeAppAskSchema,
    askApp.appChangedAnswerSchema,
    'Take an app away.',
  ),
  'find-message': ask(
    'im.ask.message.*.find',
    'router',
    ['gateway'],
    askRouter.findMessageAskSchema,
    askRouter.findMessageAnswerSchema,
    'The first message with a client message id.',
  ),
  'inbox-page': ask(
    'im.ask.inbox.*.page',
    'router',
    ['gateway'],
    askRouter.inboxPageAskSchema,
    askRouter.inboxPageAnswerSchema,
    'What a user missed.',
  ),
  timeline: ask(
    'im.ask.timeline.*.show',
    'router',
    ['gateway'],
    askRouter.timelineAskSchema,
    askRouter.timelineAnswerSchema,
    'The story of a message.',
  ),
  acknowledged: ask(
    p.acknowledged,
    'router',
    ['gateway'],
    askRouter.acknowledgedSchema,
    null,
    'A client acknowledged outside a live ask.',
  ),
  standing: ask(
    subjects.askStanding(),
    'router',
    ['vendor-workers'],
    askRouter.standingAskSchema,
    askRouter.standingAnswerSchema,
    'Do these pushes still stand?',
  ),
  locate: ask(
    subjects.askLocate(),
    'router',
    ['vendor-workers'],
    askRouter.locateAskSchema,
    askRouter.locateAnswerSchema,
    'Which pushes do these receipts speak about?',
  ),
};
