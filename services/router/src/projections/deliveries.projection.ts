import type {
  DeliveryLateAcknowledged,
  DeliverySettled,
  DeviceVerdict,
} from '@reveille/contracts/delivery/events';
import type { AppId, DeviceId, Instant, MessageId, UserId } from '@reveille/contracts/ids';

/** A fact of DELIVERIES. */
export type DeliveryFact = {
  readonly app: AppId;
  readonly partition: number;
  readonly position: number;
} & (
  | { readonly type: 'settled'; readonly data: DeliverySettled }
  | { readonly type: 'late-acknowledged'; readonly data: DeliveryLateAcknowledged }
);

export interface DeliveryRow {
  readonly app: AppId;
  readonly messageId: MessageId;
  readonly chunk: number;
  readonly round: number;
  /** `''`: a round that was settled without anybody. */
  readonly recipient: UserId | '';
  readonly partition: number;
  readonly verdicts: readonly Pick<DeviceVerdict, 'deviceId' | 'verdict'>[];
  readonly settledAt: Instant;
  readonly position: number;
}

export interface LateRow {
  readonly app: AppId;
  readonly messageId: MessageId;
  readonly deviceId: DeviceId;
  readonly recipient: UserId;
  readonly acknowledgedAt: Instant;
  readonly position: number;
}

export interface DeliveryRows {
  readonly deliveries: readonly DeliveryRow[];
  readonly late: readonly LateRow[];
}

/** Facts of deliveries as rows: of two verdicts on the same part of a message the first, with the lower position, counts. */
export function projectDeliveries(facts: readonly DeliveryFact[]): DeliveryRows {
  const deliveries = new Map<string, DeliveryRow>();
  const late = new Map<string, LateRow>();
  for (const fact of facts) {
    if (fact.type === 'settled') {
      for (const row of deliveryRows(fact, fact.data)) {
        const key = `${row.app}:${row.messageId}:${row.chunk}:${row.round}:${row.recipient}`;
        if (!deliveries.has(key)) deliveries.set(key, row);
      }
      continue;
    }
    const { app, position, data } = fact;
    const { messageId, deviceId, user, acknowledgedAt } = data;
    const key = `${app}:${messageId}:${deviceId}`;
    if (!late.has(key))
      late.set(key, { app, messageId, deviceId, recipient: user, acknowledgedAt, position });
  }
  return { deliveries: [...deliveries.values()], late: [...late.values()] };
}

function deliveryRows({ app, partition, position }: DeliveryFact, data: DeliverySettled): DeliveryRow[] {
  const { messageId, chunk, round, settledAt, recipients } = data;
  const whole = { app, messageId, chunk, round, partition, settledAt, position };
  if (recipients.length === 0) return [{ ...whole, recipient: '', verdicts: [] }];
  return recipients.map(({ user, devices }) => ({
    ...whole,
    recipient: user,
    verdicts: devices.map(({ deviceId, verdict }) => ({ deviceId, verdict })),
  }));
}
