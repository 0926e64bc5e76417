import type { LocateAnswer, LocateAsk } from '@reveille/contracts/ask/router';
import type { AppId, DeviceId, Instant, MessageId, TokenRef, UserId } from '@reveille/contracts/ids';
import type { PushReceipted, ReceiptStatus } from '@reveille/contracts/push/receipt';
import type { VendorName } from '@reveille/contracts/push/vendor';

/** What a vendor said, as far as it names its push. */
export interface SaidReceipt {
  /** A secret. `''`: none is named. */
  readonly token: string;
  readonly messageId: MessageId | null;
  readonly vendorId: string | null;
  readonly status: ReceiptStatus;
  readonly vendorCode: string;
  readonly occurredAt: Instant | null;
}

export interface TokenOwner {
  readonly tokenRef: TokenRef;
  readonly deviceId: DeviceId | null;
  readonly user: UserId | null;
}

/** What is asked of others about receipts. Both keep the order, and reject while nobody answers. */
export interface ReceiptFacts {
  owners(app: AppId, vendor: VendorName, tokens: readonly string[]): Promise<readonly TokenOwner[]>;
  places(pushes: LocateAsk['pushes']): Promise<LocateAnswer['places']>;
}

/** Keeps a receipt; resolves when it is durable, with false where it was kept a moment ago and is not kept again. */
export interface ReceiptJournal {
  receipted(app: AppId, partition: number | null, event: PushReceipted): Promise<boolean>;
}

export interface KeepReceiptsPorts {
  readonly facts: ReceiptFacts;
  readonly journal: ReceiptJournal;
  /** Called once for each receipt, however often it comes, as far as we can know. */
  readonly kept: (app: AppId, event: PushReceipted) => void;
}

export interface ReceiptBatch {
  readonly app: AppId;
  readonly vendor: VendorName;
  readonly receivedAt: Instant;
  readonly source: PushReceipted['source'];
  /** Where the vendor names no time and the push is not known: the last moment that its word surely speaks about. */
  readonly fallbackAt: Instant | null;
}

const nobody: TokenOwner | null = null;

/** A callback or a list may hold thousands: so many are at hand at once. */
const mostAtOnce = 500;

/**
 * Finds out whose token each is and which push is meant, and keeps what was said, known or not. What a vendor repeats about a
 * push is kept once: NATS knows it again for two minutes, the router's views for as long as they know the message.
 */
export async function keepReceipts(
  ports: KeepReceiptsPorts,
  batch: ReceiptBatch,
  said: readonly SaidReceipt[],
): Promise<void> {
  for (let start = 0; start < said.length; start += mostAtOnce) {
    await keepSome(ports, batch, said.slice(start, start + mostAtOnce));
  }
}

async function keepSome(
  { facts, journal, kept }: KeepReceiptsPorts,
  batch: ReceiptBatch,
  said: readonly SaidReceipt[],
): Promise<void> {
  const { app, vendor } = batch;
  const owners = await ownersOf(facts, batch, said);
  const places = await facts.places(
    said.map(({ messageId, vendorId, token, status, vendorCode }) => {
      const owner = owners.get(token) ?? nobody;
      const whose = { user: owner?.user ?? null, deviceId: owner?.deviceId ?? null };
      const words = { tokenRef: owner?.tokenRef ?? null, status, vendorCode: vendorCode.slice(0, mostChars) };
      return { app, vendor, messageId, vendorId, ...whose, said: words };
    }),
  );
  await Promise.all(
    said.map(async (receipt, index) => {
      const place = places[index] ?? null;
      if (place?.isKept === true) return;
      const event = eventOf(batch, receipt, owners.get(receipt.token) ?? nobody, place);
      if (await journal.receipted(app, place?.partition ?? null, event)) kept(app, event);
    }),
  );
}

async function ownersOf(
  facts: ReceiptFacts,
  { app, vendor }: ReceiptBatch,
  said: readonly SaidReceipt[],
): Promise<ReadonlyMap<string, TokenOwner>> {
  const tokens = [...new Set(said.map(({ token }) => token))].filter((token) => token !== '');
  const owners = tokens.length === 0 ? [] : await facts.owners(app, vendor, tokens);
  return new Map(owners.flatMap((owner, index) => [[tokens[index] ?? '', owner] as const]));
}

function eventOf(
  { vendor, receivedAt, source, fallbackAt }: ReceiptBatch,
  { vendorId, status, vendorCode, occurredAt }: SaidReceipt,
  owner: TokenOwner | null,
  place: LocateAnswer['places'][number],
): PushReceipted {
  // A clock that runs ahead must not make the vendor's word younger than it is.
  const saidAt = occurredAt === null ? null : Math.min(occurredAt, receivedAt);
  return {
    vendor,
    messageId: place?.messageId ?? null,
    user: owner?.user ?? null,
    deviceId: owner?.deviceId ?? null,
    tokenRef: owner?.tokenRef ?? null,
    status,
    vendorCode: vendorCode.slice(0, mostChars),
    vendorId: vendorId?.slice(0, mostChars) ?? null,
    occurredAt,
    observedAt: saidAt ?? place?.settledAt ?? fallbackAt,
    receivedAt,
    source,
  };
}

const mostChars = 256;
