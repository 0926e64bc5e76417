import type { TimelineEntry } from '@reveille/contracts/ask/router';
import type { PushReceipted } from '@reveille/contracts/push/receipt';
import { expect, it } from 'vitest';
import { tellStory } from './tell-story.js';

const receipt = (at: number, more: Partial<PushReceipted> = {}): TimelineEntry => ({
  type: 'push-receipted',
  at,
  position: at,
  data: {
    vendor: 'xiaomi',
    messageId: 'm1',
    user: 'bob',
    deviceId: 'phone-1',
    tokenRef: 'token-reference-1',
    status: 'delivered',
    vendorCode: 'type-1',
    vendorId: 'v1',
    occurredAt: at - 100,
    observedAt: at - 100,
    receivedAt: at,
    source: 'callback',
    ...more,
  },
});

it('tells a receipt once, at the time of the vendor, and how late it came', () => {
  const lines = tellStory([
    receipt(1_000),
    receipt(2_000, { status: 'clicked', vendorCode: 'type-2', occurredAt: null }),
    receipt(3_000),
  ]);
  expect(lines.map(({ what, who, detail }) => [what, who, detail])).toEqual([
    ['xiaomi receipt', 'bob/phone-1', 'delivered [type-1], told 100 ms later'],
    ['xiaomi receipt', 'bob/phone-1', 'clicked [type-2]'],
  ]);
});
