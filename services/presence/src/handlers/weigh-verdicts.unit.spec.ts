import type { PushLineSuspected } from '@reveille/contracts/device/push-line';
import { accept } from '@reveille/eventing/decider';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DeviceCommand } from '../domain/device/device.decide.js';
import { trustedLine } from '../domain/push-line/push-line.state.js';
import type { DeadToken, PushLine, SaidOfTokens } from '../ports.js';
import { weighVerdicts, type WeighVerdictsPorts } from './weigh-verdicts.js';

const policy = { minimum: 5, sharePercent: 30, windowMs: 600_000 };
const saidAt = 10_000_000;
const said = (more: Partial<SaidOfTokens> = {}): SaidOfTokens => ({
  app: 'chat',
  vendor: 'apns',
  position: 7,
  saidAt,
  source: 'answer',
  heard: 1,
  words: [
    { deviceId: 'phone-1', tokenRef: 'token-reference-1', reason: 'token-unregistered', observedAt: 9 },
  ],
  traceparent: null,
  ...more,
});
const suspicion = {
  vendor: 'apns',
  condemned: 9,
  heard: 10,
  withinMs: 1,
  sinceAt: 5,
  suspectedAt: 6,
} as const;

let did: string[];
/** What the log says of the line, look by look; the last one stays. */
let looks: PushLine[];
let condemned: number;
let heard: { short: number; long: number };
let dead: DeadToken[];
let suspected: PushLineSuspected | null;
beforeEach(() => {
  [did, looks, dead, suspected] = [[], [trustedLine], [], null];
  condemned = 0;
  heard = { short: 100, long: 100 };
});

function weigh(one: SaidOfTokens = said()): Promise<string> {
  const handled = (event: unknown) => ({ decision: accept(event), state: {}, position: 1 }) as never;
  const ports = {
    devices: {
      handle: async (_address, { type, deviceId }: DeviceCommand) => {
        did.push(`${type} ${deviceId}`);
        return handled({});
      },
      whenInDirectory: async () => undefined,
    },
    vault: {
      registeredAt: async () => null,
      deadSince: async () => dead.splice(0),
      lostSince: async () => 0,
    },
    lines: {
      find: async () => (looks.length > 1 ? looks.shift() : looks[0]) ?? trustedLine,
      handle: async (_line, command) => {
        if (command.type === 'suspect') suspected = command.data;
        did.push(command.type);
        return { decision: accept(), state: { suspicion: null, trust: null }, position: 1 };
      },
      suspected: async () => [],
    },
    words: {
      keep: async () => void did.push('keep'),
      condemnedSince: async () => condemned,
      tallySince: async (_line, sinceAt) => ({
        sinceAt,
        condemned,
        words: condemned,
        heard: saidAt - sinceAt > 60_000 ? heard.long : heard.short,
      }),
      forgetBefore: async () => undefined,
    },
    clock: { now: () => saidAt + 1 },
  } satisfies WeighVerdictsPorts;
  return weighVerdicts(ports, policy)(one);
}

describe('a word of a line that is trusted', () => {
  it('counts', async () => {
    expect(await weigh()).toBe('counted');
    expect(did).toEqual(['keep', 'invalidate-push-token phone-1']);
  });
  it('of which nobody knows when it was true counts against nothing', async () => {
    const [word] = said().words;
    expect(await weigh(said({ words: word === undefined ? [] : [{ ...word, observedAt: null }] }))).toBe(
      'counted',
    );
    expect(did).toEqual(['keep']);
  });
  it('is taken back when another presence has suspected the line meanwhile', async () => {
    looks = [trustedLine, { suspicion, trust: null }];
    expect(await weigh()).toBe('held');
    expect(did).toEqual(['keep', 'invalidate-push-token phone-1', 'restore-push-token phone-1']);
  });
});

describe('one word too many', () => {
  beforeEach(() => {
    condemned = 6;
    dead = [{ deviceId: 'phone-0', tokenRef: 'token-reference-0' }];
  });
  it('raises a suspicion, and brings back who died before', async () => {
    heard = { short: 10, long: 10 };
    expect(await weigh()).toBe('held');
    expect(did).toEqual(['keep', 'suspect', 'restore-push-token phone-0']);
    expect(suspected).toMatchObject({ condemned: 6, heard: 10, withinMs: 60_000, sinceAt: saidAt - 600_000 });
  });
  it('shows in a short time though the line was good for long', async () => {
    heard = { short: 10, long: 100_000 };
    expect(await weigh()).toBe('held');
    expect(suspected).toMatchObject({ heard: 10, withinMs: 60_000 });
  });
  it('is none when enough others live', async () => {
    heard = { short: 21, long: 21 };
    expect(await weigh()).toBe('counted');
  });
  it('is none for who has just been asked to believe the vendor', async () => {
    heard = { short: 10, long: 10 };
    const trust = { vendor: 'apns', because: 'operator', trustedAt: saidAt - 1 } as const;
    looks = [{ suspicion: null, trust }];
    expect(await weigh()).toBe('counted');
  });
});

it('a word of a line that is suspected is kept and held', async () => {
  looks = [{ suspicion, trust: null }];
  expect(await weigh()).toBe('held');
  expect(did).toEqual(['keep']);
});
