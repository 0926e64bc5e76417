import { type AppSettingsInput, appSettingsSchema } from '@reveille/contracts/app/events';
import type { LiveAnswer } from '@reveille/contracts/ask/live';
import type { DeviceDescription } from '@reveille/contracts/ask/presence';
import type { DeliveryLateAcknowledged, DeliverySettled } from '@reveille/contracts/delivery/events';
import { UnavailableError } from '@reveille/contracts/errors';
import { type MessageAcceptedInput, messageAcceptedSchema } from '@reveille/contracts/message/events';
import type { PushJob } from '@reveille/contracts/push/job';
import { deliverMessage } from '../handlers/deliver-message.js';
import { settleRounds } from '../handlers/settle-rounds.js';
import type { DeliverMessagePorts, ReachPorts, StoredRound } from '../ports.js';
import { HeldMessages } from '../protocol/held-messages.js';
import type { DeliveryEnd, MessageAtHand } from '../protocol/message-at-hand.js';
import { manualTime } from './manual-time.js';

export const holdMs = 14_000;

/** One live ask: the test answers it. */
export interface OpenAsk {
  readonly user: string;
  answer(reply: LiveAnswer): void;
  nobody(): void;
  isClosed: boolean;
}

/** The handler with everything around it in memory; the log of what it did, in order. */
export class RouterDesk {
  readonly time = manualTime();
  readonly held = new HeldMessages();
  readonly log: string[] = [];
  readonly asks: OpenAsk[] = [];
  readonly settled: DeliverySettled[] = [];
  readonly jobs: PushJob[] = [];
  readonly late: DeliveryLateAcknowledged[] = [];
  readonly devices = new Map<string, readonly DeviceDescription[]>();
  /** What the delivery view has. */
  stored: StoredRound[] = [];
  /** What the log answers to a settlement whose id it has already. */
  duplicateOf: StoredRound | null = null;
  earlier: 'same-message' | 'same-client-id' | null = null;
  isRevoked = false;
  /** What asking the view for a revocation waits for. */
  revocationsRead: Promise<void> = Promise.resolve();
  presenceFails = false;
  /** What presence waits for before it answers. */
  presenceAnswers: Promise<void> = Promise.resolve();
  appSettings: AppSettingsInput | null = {
    app: 'demo',
    vendors: {
      apns: { credential: 'file:k', teamId: 'T', keyId: 'K', bundleId: 'b' },
      fcm: { credential: 'file:k', projectId: 'p' },
    },
  };
  waiting = 0;

  readonly #meter = {
    settled: () => undefined,
    waited: () => undefined,
    repeated: () => undefined,
    lateLost: (error: unknown) => {
      throw error;
    },
  };
  readonly #reach: ReachPorts = {
    time: this.time,
    live: {
      ask: ({ item }, onAnswer, onNobody) => {
        this.log.push(`ask ${item.recipient}`);
        const ask: OpenAsk = { user: item.recipient, answer: onAnswer, nobody: onNobody, isClosed: false };
        this.asks.push(ask);
        return {
          close() {
            ask.isClosed = true;
          },
        };
      },
    },
    devices: {
      describe: async (_, user) => {
        await this.presenceAnswers;
        if (this.presenceFails) throw new UnavailableError('presence is away');
        return this.devices.get(user) ?? [];
      },
    },
  };
  readonly #rounds = settleRounds(
    {
      time: this.time,
      checkpoint: (name) => void this.log.push(name),
      meter: this.#meter,
      outbox: {
        settle: async (_, fact) => {
          this.log.push(`settled ${fact.chunk}:${fact.round}`);
          this.settled.push(fact);
          return this.duplicateOf;
        },
        job: async (_, job) => {
          this.log.push(`job ${job.jobId}`);
          this.jobs.push(job);
        },
        lateAcknowledged: async (_, fact) => void this.late.push(fact),
      },
    },
    holdMs,
  );
  readonly #ports: DeliverMessagePorts = {
    apps: {
      settingsOf: () => (this.appSettings === null ? null : appSettingsSchema.parse(this.appSettings)),
      refresh: async () => void this.log.push('apps refreshed'),
    },
    reach: this.#reach,
    ledger: {
      assertAvailable: () => undefined,
      settledRounds: async () => {
        this.log.push('stored verdicts read');
        return this.stored;
      },
      earlierThan: async () => this.earlier,
      isRevoked: async () => {
        await this.revocationsRead;
        return this.isRevoked;
      },
    },
    rounds: this.#rounds,
    meter: this.#meter,
  };
  readonly #deliver = deliverMessage(this.#ports, this.held);

  take(
    recipients: readonly string[],
    data: Partial<MessageAcceptedInput> = {},
    around: Partial<MessageAtHand> = {},
  ): Promise<DeliveryEnd> {
    const now = this.time.now();
    return this.#deliver({
      app: 'demo',
      partition: 7,
      position: 42,
      acceptedAt: now,
      takenAt: now,
      isRepeat: false,
      eventId: 'event-1',
      traceparent: '00-1-1-01',
      onWaiting: () => {
        this.waiting += 1;
      },
      data: messageAcceptedSchema.parse({
        messageId: 'm1',
        sender: 'ana',
        recipients: [...recipients],
        content: { type: 'text', text: 'x' },
        pushConfig: { title: 'T' },
        ...data,
      }),
      ...around,
    });
  }

  /** Answers every open ask of a user. */
  askOf(user: string): OpenAsk {
    const ask = this.asks.findLast((open) => open.user === user);
    if (ask === undefined) throw new Error(`${user} was not asked`);
    return ask;
  }

  nobodyIsThere(): void {
    for (const ask of this.asks) if (!ask.isClosed) ask.nobody();
  }
}

export function iphone(deviceId: string, more: Partial<DeviceDescription> = {}): DeviceDescription {
  return {
    deviceId,
    platform: 'iphone',
    isBound: true,
    alert: {
      vendor: 'apns',
      environment: 'production',
      tokenRef: `ref-of-the-token-${deviceId}`,
      sealedToken: `sealed-${deviceId}`,
      bundle: null,
      boundAt: 1,
      state: 'live',
    },
    voip: null,
    sessions: [],
    ...more,
  };
}

export const open = (background = false): DeviceDescription['sessions'] => [
  { sessionId: 's', gatewayId: 'g', background, openedAt: 1 },
];

export const held = (...devices: string[]): LiveAnswer => ({
  type: 'holding',
  devices: devices.map((deviceId) => ({ deviceId, background: false })),
});

export const acknowledged = (...devices: string[]): LiveAnswer => ({
  type: 'acknowledged',
  devices,
  all: false,
});
