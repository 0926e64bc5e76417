import type { InboxItem } from '@reveille/contracts/ask/live';
import { inParallel, until } from '../harness/scenario.js';
import { entriesOf } from '../harness/story.js';
import type { Town } from '../harness/town.js';
import type { LiveDevice } from './people.js';

/** A message whose recipient acknowledged it once, and what the log says of that. */
export interface TimedAcknowledgement {
  readonly messageId: string;
  /** When it should have reached the router, against the deadline. */
  readonly aimMs: number;
  /** When it did, by the events of the log; null: no event knows of it. */
  readonly offsetMs: number | null;
  /** From the ask to the deadline. */
  readonly deadlineMs: number | null;
  readonly verdict: string;
  readonly lateRecords: number;
}

export interface Plan {
  /** When the acknowledgement should reach the router, against the deadline. */
  readonly aimsMs: readonly number[];
  /** What asking, answering and hearing take: the client acknowledges earlier by as much. */
  readonly leadMs: number;
  readonly deadlineMs: number;
}

const betweenSendsMs = 12;
const deliveredWithinMs = 10_000;
const recordedWithinMs = 5_000;
/** Many: each of them may wait that long. */
const readsAtOnce = 60;

/** Sends one message for each aim, acknowledges each at its moment, and reads what became of them. */
export async function acknowledgeAll(
  town: Town,
  devices: readonly LiveDevice[],
  { aimsMs, leadMs, deadlineMs }: Plan,
): Promise<TimedAcknowledgement[]> {
  const sent = await Promise.all(
    aimsMs.map(async (aimMs, index) => {
      await pause(index * betweenSendsMs);
      const device = devices[index % devices.length] as LiveDevice;
      const messageId = await acknowledgeAfter(town, device, deadlineMs + aimMs - leadMs);
      return { aimMs, messageId };
    }),
  );
  return readEnds(town, sent);
}

/** What the log says by now of each message. */
export function readEnds(
  town: Town,
  messages: readonly Pick<TimedAcknowledgement, 'messageId' | 'aimMs'>[],
): Promise<TimedAcknowledgement[]> {
  return inParallel(messages, readsAtOnce, ({ messageId, aimMs }) => readEnd(town, messageId, aimMs));
}

/** Gives the id of a message that the device acknowledged so long after it got it. */
export async function acknowledgeAfter(
  town: Town,
  { user, client }: LiveDevice,
  afterMs: number,
): Promise<string> {
  const text = crypto.randomUUID();
  const arrival = client
    .next((frame) => frame.t === 'deliver' && textOf(frame.message) === text)
    .then(() => performance.now());
  const [arrivedAt, { messageId }] = await Promise.all([
    withDeadline(arrival, `${user} is asked`),
    town.send({ sender: 'ana', recipients: [user], text }),
  ]);
  await pause(arrivedAt + afterMs - performance.now());
  client.acknowledge([messageId]);
  return messageId;
}

/** The verdict, and for a push the word that came late: it is waited for, since it is written after the push is. */
async function readEnd(town: Town, messageId: string, aimMs: number): Promise<TimedAcknowledgement> {
  const settled = await until(`${messageId} is settled`, async () => {
    return (await entriesOf(town, messageId, 'delivery-settled'))[0] ?? null;
  });
  const { askedAt, recipients } = settled.data;
  const device = recipients[0]?.devices[0];
  if (device === undefined) throw new Error(`${messageId} is settled without its recipient's device`);
  const { verdict, facts } = device;
  const deadlineAt = facts?.deadlineAt ?? null;
  const late = await lateRecordsOf(town, messageId, verdict.kind === 'push' ? recordedWithinMs : 0);
  const at = verdict.kind === 'acknowledged' ? verdict.at : (late[0]?.data.acknowledgedAt ?? null);
  return {
    messageId,
    aimMs,
    offsetMs: at === null || deadlineAt === null ? null : at - deadlineAt,
    deadlineMs: deadlineAt === null || askedAt === null ? null : deadlineAt - askedAt,
    verdict: verdict.kind,
    lateRecords: late.length,
  };
}

async function lateRecordsOf(town: Town, messageId: string, withinMs: number) {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    const late = await entriesOf(town, messageId, 'delivery-late-acknowledged');
    if (late.length > 0 || performance.now() > giveUpAt) return late;
    await pause(100);
  }
}

const textOf = ({ content }: InboxItem): string | null => (content.type === 'text' ? content.text : null);

async function withDeadline<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what}: not within ${deliveredWithinMs} ms`)),
      deliveredWithinMs,
    );
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(ms, 0)));
}
