import type { AppId, DeviceId, GatewayId, JobId, UserId } from './ids.js';
import type { Lane } from './push/lane.js';
import type { VendorName } from './push/vendor.js';
import { fromSubjectToken, toSubjectToken } from './subject-token.js';

/** The last word of the subject of a `push-attempted` that condemns a token. */
const condemning = 'condemned';
/** The last word of the subject of a `push-receipted` that condemns a token. */
const receiptCondemning = 'receipt-condemned';

/**
 * Every subject of the bus is built and parsed here and nowhere else: `im.<kind>.<context>.<app>.<…>`.
 * Kinds: `in` facts on their way in, `evt` facts, `job` work, `ask` request and reply, `live` frames, `dead`.
 */
export const subjects = {
  /** Where a fact about a message is published; the server turns it into `evt.message.<app>.<partition>.<event>`. */
  messageIn: (app: AppId, conversationKey: string, event: string) =>
    `im.in.${app}.message.${toSubjectToken(conversationKey)}.${event}`,
  message: (app: AppId, partition: number, event: string) => `im.evt.message.${app}.${partition}.${event}`,
  delivery: (app: AppId, partition: number, event: string) => `im.evt.delivery.${app}.${partition}.${event}`,
  push: (app: AppId, partition: number, vendor: VendorName, event: string) =>
    `im.evt.push.${app}.${partition}.${vendor}.${event}`,
  /** An attempt. One that condemns a token has a last word of its own, so that presence need not read all the others. */
  pushAttempted: (app: AppId, partition: number, vendor: VendorName, condemnsToken: boolean) =>
    `im.evt.push.${app}.${partition}.${vendor}.${condemnsToken ? condemning : 'attempted'}`,
  /** A receipt; one that condemns a token has a last word of its own, too. */
  pushReceipted: (app: AppId, partition: number, vendor: VendorName, condemnsToken: boolean) =>
    `im.evt.push.${app}.${partition}.${vendor}.${condemnsToken ? receiptCondemning : 'receipted'}`,
  /** What is thought of all of an app's tokens at one vendor. */
  pushLine: (app: AppId, vendor: VendorName) => `im.evt.push-line.${app}.${vendor}`,
  /** One subject per device, so that its last sequence guards appends. */
  device: (app: AppId, deviceId: DeviceId) => `im.evt.device.${app}.${toSubjectToken(deviceId)}`,
  session: (app: AppId, partition: number, event: string) => `im.evt.session.${app}.${partition}.${event}`,
  app: (app: AppId, event: string) => `im.evt.app.${app}.${event}`,

  pushJob: (vendor: VendorName, lane: Lane, app: AppId) => `im.job.push.${vendor}.${lane}.${app}`,
  /** Where a job waits as a schedule whose target is `pushJob`. */
  pushLater: (vendor: VendorName, lane: Lane, app: AppId, jobId: JobId, attempt: number) =>
    `im.job.push-later.${vendor}.${lane}.${app}.${toSubjectToken(`${jobId}:${attempt}`)}`,

  /** The live ask of one user: gateways (or the platform) that hold the user answer. */
  live: (app: AppId, user: UserId) => `im.live.${app}.${toSubjectToken(user)}`,

  askRegisterPush: (app: AppId) => `im.ask.device.${app}.register-push`,
  askUnregisterPush: (app: AppId) => `im.ask.device.${app}.unregister-push`,
  askUnbindUser: (app: AppId) => `im.ask.device.${app}.unbind-user`,
  askOpenSession: (app: AppId) => `im.ask.session.${app}.open`,
  askCloseSession: (app: AppId) => `im.ask.session.${app}.close`,
  askMoveSession: (app: AppId) => `im.ask.session.${app}.background`,
  askDescribeUser: (app: AppId) => `im.ask.device.${app}.describe-user`,
  /** Renews the lease of one gateway. */
  askLeaseGateway: () => 'im.ask.gateway.lease',
  /** One gateway tells another to end sessions that a newer login has replaced. */
  askKick: (gatewayId: GatewayId) => `im.ask.gateway.${toSubjectToken(gatewayId)}.kick`,
  /** Batched over apps and messages: devices, bindings and sessions of up to 256 users. */
  askLookup: () => 'im.ask.presence.lookup',
  /** Batched: are these push targets still bound, and what is their token now. */
  askTargets: () => 'im.ask.presence.targets',
  /** Batched: who has these tokens. */
  askOwners: () => 'im.ask.presence.owners',
  askRestoreTokens: (app: AppId) => `im.ask.push-line.${app}.restore`,
  askTrustPushLine: (app: AppId) => `im.ask.push-line.${app}.trust`,

  askFindMessage: (app: AppId) => `im.ask.message.${app}.find`,
  askInboxPage: (app: AppId) => `im.ask.inbox.${app}.page`,
  askTimeline: (app: AppId) => `im.ask.timeline.${app}.show`,
  /** An acknowledgement without a live ask. Not a request: every router hears it, one of a group records it. */
  acknowledged: (app: AppId) => `im.ask.delivery.${app}.acknowledged`,
  /** The operator's. */
  askRedriveDeadLetter: () => 'im.ask.dead-letter.redrive',
  askDropDeadLetter: () => 'im.ask.dead-letter.drop',
  /** The router's, to the owner of a consumer of facts. */
  askRerun: (consumer: string) => `im.ask.rerun.${consumer}`,
  /** The operator's: `configure` an app, `remove` it. */
  askConfigureApp: (app: AppId) => `im.ask.app.${app}.configure`,
  askRemoveApp: (app: AppId) => `im.ask.app.${app}.remove`,
  /** Batched: do these pushes still stand. */
  askStanding: () => 'im.ask.delivery.standing',
  /** Batched: which pushes do these receipts speak about. */
  askLocate: () => 'im.ask.delivery.locate',

  deadLetter: (stream: string, consumer: string) => `im.dead.${stream}.${consumer}`,
  /** What became of a letter: a subject per letter, so that it is settled once. */
  deadLetterSettled: (app: AppId, letter: number, event: 'redriven' | 'dropped') =>
    `im.evt.dead-letter.${app}.${letter}.${event}`,
} as const;

/** The wildcards that filters, permissions and streams are made of. */
export const subjectPatterns = {
  allMessagesIn: 'im.in.*.message.*.*',
  messagesInOf: (app: AppId) => `im.in.${app}.message.*.*`,
  allOfAppIn: (app: AppId) => `im.in.${app}.>`,
  messages: 'im.evt.message.*.*.*',
  messagesAccepted: 'im.evt.message.*.*.accepted',
  messagesRevoked: 'im.evt.message.*.*.revoked',
  messageTransform: 'im.evt.message.{{wildcard(1)}}.{{partition(64,2)}}.{{wildcard(3)}}',
  deliveries: 'im.evt.delivery.*.*.*',
  pushes: 'im.evt.push.*.*.*.*',
  /** Attempts that condemn a token. */
  pushesCondemned: `im.evt.push.*.*.*.${condemning}`,
  /** Receipts that condemn a token. */
  receiptsCondemned: `im.evt.push.*.*.*.${receiptCondemning}`,
  /** Everything that was heard of an app's pushes from a vendor and condemns no token. */
  pushesHeard: (app: AppId, vendor: VendorName) =>
    ['attempted', 'receipted'].map((word) => `im.evt.push.${app}.*.${vendor}.${word}`),
  /** The facts of one kind in an app, of one partition or (null) of all. */
  factsOf: (context: 'message' | 'delivery' | 'push', app: AppId, partition: number | null) =>
    `im.evt.${context}.${app}.${partition ?? '*'}.>`,
  pushesOf: (app: AppId, vendor: VendorName) => `im.evt.push.${app}.*.${vendor}.*`,
  pushesOfPartition: (app: AppId, partition: number, vendor: VendorName) =>
    `im.evt.push.${app}.${partition}.${vendor}.*`,
  devices: 'im.evt.device.*.*',
  pushLines: 'im.evt.push-line.*.*',
  sessions: 'im.evt.session.*.*.*',
  apps: 'im.evt.app.*.*',
  pushJobs: 'im.job.push.*.*.*',
  pushLater: 'im.job.push-later.*.*.*.*',
  pushLaterOf: (vendor: VendorName, app: AppId) => `im.job.push-later.${vendor}.*.${app}.*`,
  pushJobsOf: (vendor: VendorName, lane: Lane, app: AppId) => `im.job.push.${vendor}.${lane}.${app}`,
  live: 'im.live.*.*',
  liveOf: (app: AppId) => `im.live.${app}.>`,
  deadLetters: 'im.dead.*.*',
  deadLettersSettled: 'im.evt.dead-letter.*.*.*',
  deadLetterSettlements: (app: AppId, letter: number) => `im.evt.dead-letter.${app}.${letter}.*`,
  deadLettersOf: (stream: string, consumer: string) => `im.dead.${stream}.${consumer}`,
  asksOfDevice: 'im.ask.device.*.*',
  asksOfSession: 'im.ask.session.*.*',
  asksOfMessage: 'im.ask.message.*.*',
  asksOfInbox: 'im.ask.inbox.*.*',
  asksOfPushLine: 'im.ask.push-line.*.*',
  asksOfTimeline: 'im.ask.timeline.*.*',
  asksOfApp: 'im.ask.app.*.*',
  acknowledged: 'im.ask.delivery.*.acknowledged',
  kicks: 'im.ask.gateway.*.kick',
} as const;

export interface ParsedSubject {
  /** `evt.dead-letter`, `evt.message`, `evt.delivery`, `evt.push`, `evt.device`, `evt.session`, `evt.app`, `job.push`, `live`, `ask`. */
  readonly kind: string;
  readonly app: string;
  readonly partition: number | null;
  readonly event: string | null;
  readonly vendor: string | null;
  readonly lane: string | null;
  /** A device, user or conversation key, decoded. */
  readonly id: string | null;
}

const nothing = { partition: null, event: null, vendor: null, lane: null, id: null } as const;

/** Stored facts have few subjects, and each of them is taken apart several times on its way. */
const bounded = /^im\.(?:evt\.(?:message|delivery|push|push-line|session|app)|job\.push)\./;
const parsed = new Map<string, ParsedSubject | null>();
const mostParsed = 10_000;

/** Takes a subject apart; null for one that this grammar does not know. */
export function parseSubject(subject: string): ParsedSubject | null {
  const known = parsed.get(subject);
  if (known !== undefined) return known;
  const place = takeApart(subject);
  if (!bounded.test(subject)) return place;
  if (parsed.size >= mostParsed) parsed.clear();
  parsed.set(subject, place);
  return place;
}

function takeApart(subject: string): ParsedSubject | null {
  const t = subject.split('.');
  const at = (index: number): string => t[index] ?? '';
  if (t[0] !== 'im') return null;
  const kind = `${at(1)}.${at(2)}`;
  switch (kind) {
    case 'evt.message':
    case 'evt.delivery':
    case 'evt.session':
      if (t.length !== 6) return null;
      return { ...nothing, kind, app: at(3), partition: Number(at(4)), event: at(5) };
    case 'evt.push':
      if (t.length !== 7) return null;
      return {
        ...nothing,
        kind,
        app: at(3),
        partition: Number(at(4)),
        vendor: at(5),
        event: pushEvent(at(6)),
      };
    case 'evt.dead-letter':
      if (t.length !== 6) return null;
      return { ...nothing, kind, app: at(3), id: at(4), event: at(5) };
    case 'evt.device':
      if (t.length !== 5) return null;
      return { ...nothing, kind, app: at(3), id: fromSubjectToken(at(4)) };
    case 'evt.push-line':
      if (t.length !== 5) return null;
      return { ...nothing, kind, app: at(3), vendor: at(4) };
    case 'evt.app':
      if (t.length !== 5) return null;
      return { ...nothing, kind, app: at(3), event: at(4) };
    case 'job.push':
    case 'job.push-later':
      if (t.length < 6) return null;
      return { ...nothing, kind, vendor: at(3), lane: at(4), app: at(5) };
  }
  if (t[1] === 'live' && t.length === 4)
    return { ...nothing, kind: 'live', app: at(2), id: fromSubjectToken(at(3)) };
  if (t[1] === 'in' && t[3] === 'message' && t.length === 6) {
    return { ...nothing, kind: 'in.message', app: at(2), id: fromSubjectToken(at(4)), event: at(5) };
  }
  if (t[1] === 'ask' && t.length === 5) return { ...nothing, kind: `ask.${at(2)}`, app: at(3), event: at(4) };
  return null;
}

function pushEvent(lastWord: string): string {
  if (lastWord === condemning) return 'attempted';
  return lastWord === receiptCondemning ? 'receipted' : lastWord;
}
