import type { LocateAnswer, LocateAsk } from '@reveille/contracts/ask/router';
import { UnavailableError } from '@reveille/contracts/errors';
import type { PushReceipted } from '@reveille/contracts/push/receipt';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TokenOwner } from '../protocol/keep-receipts.js';
import type { ReceiptRecipe, VendorReceipt } from '../vendor.js';
import { recordReceipts, type RecordReceiptsPorts } from './record-receipts.js';

const now = 10_000;
const reply = { status: 200, contentType: 'text/plain', body: 'ok' };
const bob: TokenOwner = { tokenRef: 'reference-of-bob', deviceId: 'phone-1', user: 'bob' };
const stranger: TokenOwner = { tokenRef: 'reference-of-nobody', deviceId: null, user: null };
const place = { messageId: 'm1', partition: 7, settledAt: 5_000, isKept: false };

let kept: { partition: number | null; event: PushReceipted }[];
let refused: string[];
let owners: Record<string, TokenOwner>;
let places: Record<string, LocateAnswer['places'][number]>;
let asked: string[][];
let isDurable: boolean;
let isRepeatForNats: boolean;
let counted: string[];
let said: LocateAsk['pushes'][number]['said'][];
beforeEach(() => {
  [kept, refused, asked, counted, said] = [[], [], [], [], []];
  owners = { 'token-of-bob': bob };
  places = { m1: place };
  isDurable = true;
  isRepeatForNats = false;
});

const receipt = (more: Partial<VendorReceipt> = {}): VendorReceipt => ({
  token: 'token-of-bob',
  param: 'm1.proof',
  vendorId: 'v1',
  status: 'delivered',
  vendorCode: 'arrived',
  occurredAt: 9_000,
  ...more,
});

async function call(
  reading: ReturnType<ReceiptRecipe['read']>,
  recipe: Partial<ReceiptRecipe> | null = {},
): Promise<unknown> {
  const receipts = recipe === null ? null : { keyReference: null, read: () => reading, ...recipe };
  const ports = {
    lines: { of: () => ({ channel: { receipts } }) as never },
    keep: {
      facts: {
        owners: async (_app, _vendor, tokens) => {
          asked.push([...tokens]);
          return tokens.map((token) => owners[token] ?? stranger);
        },
        places: async (pushes) => {
          said.push(...pushes.map((push) => push.said));
          return pushes.map(({ messageId }) => places[messageId ?? ''] ?? null);
        },
      },
      journal: {
        receipted: async (_app, partition, event) => {
          if (!isDurable) throw new UnavailableError('no PubAck');
          kept.push({ partition, event });
          return !isRepeatForNats;
        },
      },
      kept: (_app, { status }) => void counted.push(status),
    },
    keyIn: async (reference) => `content of ${reference}`,
    messageIdIn: (_app, _vendor, param) => (param.endsWith('.proof') ? param.slice(0, -6) : null),
    refused: (_app, _vendor, cause) => refused.push(cause),
  } satisfies RecordReceiptsPorts;
  const request = { headers: {}, query: {}, body: new Uint8Array() };
  return recordReceipts(ports)({ app: 'shop', vendor: 'fcm', request, receivedAt: now });
}
const tell = (...receipts: VendorReceipt[]) => call({ kind: 'receipts', receipts, reply });

describe('a receipt', () => {
  it('is kept with its message, device and token, in the partition of the message, before the vendor is answered', async () => {
    expect(await tell(receipt())).toBe(reply);
    expect(kept).toEqual([
      {
        partition: 7,
        event: {
          vendor: 'fcm',
          messageId: 'm1',
          user: 'bob',
          deviceId: 'phone-1',
          tokenRef: 'reference-of-bob',
          status: 'delivered',
          vendorCode: 'arrived',
          vendorId: 'v1',
          occurredAt: 9_000,
          observedAt: 9_000,
          receivedAt: now,
          source: 'callback',
        },
      },
    ]);
  });
  it('of a token that nobody has, of no message, is kept as unknown', async () => {
    await tell(receipt({ token: 'foreign', param: null }));
    expect(kept[0]?.event).toMatchObject({
      messageId: null,
      deviceId: null,
      user: null,
      tokenRef: 'reference-of-nobody',
    });
  });
  it('whose word is forged names no message', async () => {
    await tell(receipt({ param: 'm1.forged' }));
    expect(kept[0]?.event.messageId).toBeNull();
  });
  it('without a token asks for none', async () => {
    await tell(receipt({ token: '' }));
    expect(asked).toEqual([]);
    expect(kept[0]?.event).toMatchObject({ messageId: 'm1', tokenRef: null });
  });
  it('asks for each token once', async () => {
    await tell(receipt(), receipt({ status: 'clicked' }), receipt({ token: 'foreign' }));
    expect(asked).toEqual([['token-of-bob', 'foreign']]);
    expect(kept).toHaveLength(3);
  });
  it('that the router knows already is answered, and neither kept nor counted again', async () => {
    places = { m1: { ...place, isKept: true } };
    expect(await tell(receipt({ vendorCode: 'x'.repeat(300) }))).toBe(reply);
    expect(said).toEqual([
      { tokenRef: 'reference-of-bob', status: 'delivered', vendorCode: 'x'.repeat(256) },
    ]);
    expect([kept, counted]).toEqual([[], []]);
  });
  it('that NATS knows again is counted once', async () => {
    await tell(receipt());
    isRepeatForNats = true;
    await tell(receipt());
    expect(counted).toEqual(['delivered']);
  });
  it('that is not durable is not answered', async () => {
    isDurable = false;
    await expect(tell(receipt())).rejects.toThrow('no PubAck');
  });
});

describe('the moment that a dead token is spoken of', () => {
  const observedAt = async (...receipts: VendorReceipt[]) => {
    await tell(...receipts);
    return kept[0]?.event.observedAt;
  };
  it('is the time of the vendor', async () => expect(await observedAt(receipt())).toBe(9_000));
  it('is never later than now, whatever its clock says', async () =>
    expect(await observedAt(receipt({ occurredAt: now + 1 }))).toBe(now));
  it('is the time of the verdict where the vendor names none', async () =>
    expect(await observedAt(receipt({ occurredAt: null }))).toBe(5_000));
  it('is unknown where the push is, too', async () =>
    expect(await observedAt(receipt({ occurredAt: null, param: null }))).toBeNull());
});

describe('a callback', () => {
  it('that is not the vendor’s is answered and counted, and nothing is kept', async () => {
    expect(await call({ kind: 'refused', cause: 'wrong signature', reply })).toBe(reply);
    expect([refused, kept]).toEqual([['wrong signature'], []]);
  });
  it('is read with the key of the app', async () => {
    const keys: (string | null)[] = [];
    const read = (_: unknown, key: string | null) => {
      keys.push(key);
      return { kind: 'receipts', receipts: [], reply } as const;
    };
    await call({ kind: 'receipts', receipts: [], reply }, { keyReference: 'file:k', read });
    expect(keys).toEqual(['content of file:k']);
  });
  it('to a vendor without receipts has no answer', async () =>
    expect(await call({ kind: 'receipts', receipts: [], reply }, null)).toBeNull());
});
