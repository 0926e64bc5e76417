import { UnavailableError } from '@reveille/contracts/errors';
import type { DeliveryLateAcknowledged } from '@reveille/contracts/delivery/events';
import type { AppId, DeviceId, MessageId, UserId } from '@reveille/contracts/ids';
import { beforeEach, expect, it } from 'vitest';
import type { LateVerdicts } from '../ports.js';
import { manualTime } from '../testing/manual-time.js';
import { recordLateAcknowledgement } from './record-late-acknowledgement.js';

const app = 'demo' as AppId;
const messageId = 'm1' as MessageId;
const word = {
  user: 'bob' as UserId,
  deviceId: 'd1' as DeviceId,
  messageIds: [messageId],
  acknowledgedAt: 5_000,
};
type Found = Awaited<ReturnType<LateVerdicts['verdictOf']>>;
const pushed: Found = {
  partition: 7,
  verdict: {
    kind: 'push',
    vendor: 'apns',
    lane: 'normal',
    strategy: 'alert',
    tokenRef: 'ref-ref-ref-ref-1',
    collapse: messageId,
    expiresAt: 9_000,
  },
};

let answers: (Found | Error)[];
let recorded: DeliveryLateAcknowledged[];
let lost: unknown[];
let time: ReturnType<typeof manualTime>;
let say: () => void;

beforeEach(() => {
  [answers, recorded, lost] = [[], [], []];
  time = manualTime();
  const record = recordLateAcknowledgement({
    verdicts: {
      verdictOf: async () => {
        const [answer] = answers.length > 1 ? answers.splice(0, 1) : answers;
        if (answer instanceof Error) throw answer;
        return answer ?? null;
      },
    },
    outbox: { lateAcknowledged: async (_context, late) => void recorded.push(late) },
    time,
    onLost: (error) => lost.push(error),
  });
  say = () => record(app, word, 'trace');
});

it('records what was pushed, once its verdict is there, and nothing else', async () => {
  answers = [null, null, pushed];
  say();
  await time.pass(2_000);
  expect(recorded).toEqual([{ messageId, user: 'bob', deviceId: 'd1', acknowledgedAt: 5_000 }]);
  answers = [{ partition: 7, verdict: { kind: 'acknowledged', at: 1 } }];
  say();
  await time.pass(2_000);
  expect([recorded.length, lost, time.pending()]).toEqual([1, [], 0]);
});

it('waits for a store that is away, and says so when it stays away', async () => {
  answers = [new UnavailableError('no database'), new UnavailableError('no database'), pushed];
  say();
  await time.pass(2_000);
  expect([recorded.length, lost]).toEqual([1, []]);
  answers = [new UnavailableError('no database')];
  say();
  await time.pass(120_000);
  expect([recorded.length, lost.length, time.pending()]).toEqual([1, 1, 0]);
});

it('loses nothing of a bug in silence', async () => {
  answers = [new TypeError('a bug')];
  say();
  await time.pass(1_000);
  expect([recorded.length, lost.length, time.pending()]).toEqual([0, 1, 0]);
});
