import type { StoredMessage } from '@reveille/bus/codec';
import type { Bus } from '@reveille/bus/connect';
import { type Responder, respond } from '@reveille/bus/respond';
import { type Acknowledged, acknowledgedSchema } from '@reveille/contracts/ask/router';
import type { InboxItem } from '@reveille/contracts/ask/live';
import { RefusedError } from '@reveille/contracts/errors';
import type { AppId, MessageId, UserId } from '@reveille/contracts/ids';
import { messageAcceptedSchema } from '@reveille/contracts/message/events';
import { parseSubject, subjectPatterns, subjects } from '@reveille/contracts/subjects';

type Body = Readonly<Record<string, unknown>>;
export interface HeardAsk {
  readonly subject: string;
  readonly app: AppId;
  readonly event: string;
  readonly body: Body;
}
/** What presence would answer; a thrown error is a refusal or a fault. */
type Answer = (ask: HeardAsk) => unknown;

/** Stands in for presence: remembers what it is asked and says yes, unless a test says otherwise. */
export class StandInPresence {
  readonly asks: HeardAsk[] = [];
  readonly #answers = new Map<string, Answer>([
    ['open', () => ({ replaced: [], pushId: null })],
    ['register-push', () => ({ pushId: 'p'.repeat(22), deviceSecret: 'secret', tokenRef: 't'.repeat(22) })],
    ['describe-user', ({ body }) => ({ user: body['user'], devices: [] })],
  ]);
  #responders: Responder[] = [];

  start(bus: Bus): void {
    const answer = (body: unknown, { subject }: { subject: string }): unknown => {
      const { app, event } = placeOf(subject);
      const ask = { subject, app, event, body: body as Body };
      this.asks.push(ask);
      return (this.#answers.get(event) ?? (() => ({ done: true })))(ask);
    };
    this.#responders = [
      subjectPatterns.asksOfSession,
      subjectPatterns.asksOfDevice,
      subjects.askLeaseGateway(),
    ].map((subject) => respond(bus, subject, { queue: null }, answer));
  }
  async stop(): Promise<void> {
    await Promise.all(this.#responders.map((responder) => responder.stop()));
  }

  answer(event: string, answer: Answer): void {
    this.#answers.set(event, answer);
  }
  of(event: string): readonly HeardAsk[] {
    return this.asks.filter((ask) => ask.event === event);
  }
}

/** Stands in for the router: finds messages and pages in MESSAGES itself, asks live, and hears acknowledgements. */
export class StandInRouter {
  readonly acknowledged: Acknowledged[] = [];
  readonly finds: HeardAsk[] = [];

  constructor(private readonly bus: Bus) {
    const on = (subject: string, answer: (ask: HeardAsk) => unknown): void => {
      respond(bus, subject, { queue: null }, (body, context) =>
        answer({ subject: context.subject, ...placeOf(context.subject), body: body as Body }),
      );
    };
    on(subjectPatterns.asksOfMessage, async (ask) => {
      this.finds.push(ask);
      const { sender, clientMessageId } = ask.body;
      const found = (await this.messages(ask.app)).find(
        ({ data }) => data.sender === sender && data.clientMessageId === clientMessageId,
      );
      return {
        found: found === undefined ? null : { messageId: found.data.messageId, acceptedAt: found.at },
      };
    });
    on(subjectPatterns.asksOfInbox, async ({ app, body }) => {
      const after = Number(body['cursor'] ?? 0);
      const all = await this.inboxOf(app, String(body['user']));
      const items = all.filter(({ position }) => position > after).slice(0, Number(body['limit']));
      const last = items.at(-1)?.position ?? after;
      return { items, cursor: String(last), more: all.some(({ position }) => position > last) };
    });
    on(subjectPatterns.asksOfTimeline, ({ body }) => {
      throw new RefusedError('message-unknown', `there is no message ${String(body['messageId'])}`);
    });
    on(subjectPatterns.acknowledged, ({ body }) => {
      this.acknowledged.push(acknowledgedSchema.parse(body));
    });
  }

  async messages(app: AppId) {
    const untilSequence = await this.bus.streamTail('MESSAGES');
    const found: {
      position: number;
      at: number;
      stored: StoredMessage;
      data: ReturnType<typeof messageAcceptedSchema.parse>;
    }[] = [];
    if (untilSequence === 0) return found;
    const range = { startSequence: 1, subjects: [subjectPatterns.messagesAccepted], untilSequence };
    for await (const stored of this.bus.scan('MESSAGES', range)) {
      if (parseSubject(stored.subject)?.app !== app) continue;
      const data = messageAcceptedSchema.parse(JSON.parse(Buffer.from(stored.data).toString()));
      found.push({
        position: stored.sequence,
        at: Date.parse(stored.headers['ce-time'] ?? ''),
        stored,
        data,
      });
    }
    return found;
  }

  async inboxOf(app: AppId, user: UserId): Promise<InboxItem[]> {
    const all = await this.messages(app);
    return all
      .filter(({ data }) => data.recipients?.includes(user))
      .map(({ data, at, position }) => itemOf(data, user, at, position));
  }

  /** Asks live and collects the answers; `nobody` when there is no responder. */
  askLive(app: AppId, item: InboxItem): { answers: unknown[]; isNobody: () => boolean } {
    const answers: unknown[] = [];
    let isNobody = false;
    const body = Buffer.from(JSON.stringify({ message: item }));
    this.bus.asker.askMany(
      subjects.live(app, item.recipient),
      body,
      {},
      (data) => answers.push(JSON.parse(Buffer.from(data).toString())),
      () => {
        isNobody = true;
      },
    );
    return { answers, isNobody: () => isNobody };
  }
}

function itemOf(
  data: ReturnType<typeof messageAcceptedSchema.parse>,
  recipient: UserId,
  acceptedAt: number,
  position: number,
): InboxItem {
  const { messageId, sender, content, priority } = data;
  return { messageId, position, sender, recipient, content, priority, acceptedAt };
}

let lastItem = 0;

/** A message to somebody, as the router would ask with it. */
export function itemFor(recipient: UserId, text = 'hi', messageId?: MessageId): InboxItem {
  lastItem += 1;
  return {
    messageId: messageId ?? `live-${lastItem}`,
    position: lastItem,
    sender: 'ana',
    recipient,
    content: { type: 'text', text },
    priority: 'medium',
    acceptedAt: Date.now(),
  };
}

function placeOf(subject: string): { app: AppId; event: string } {
  const place = parseSubject(subject);
  return { app: place?.app ?? '', event: place?.event ?? subject };
}
