import { type StrategyDocument, strategyDocumentSchema } from '@reveille/contracts/app/strategy';
import { describe, expect, it } from 'vitest';
import { canDo, resourceOf, strategyChoices } from './strategy-of.js';

const at = 1_000_000;
const said = { messageId: 'm1', sender: 'ana', recipients: ['bob'], resourcesId: '', threadId: '' };
const declared = (...documents: object[]): StrategyDocument[] =>
  documents.map((document) => strategyDocumentSchema.parse(document));
const choices = (more: Partial<typeof said>, strategies: StrategyDocument[] = []) =>
  strategyChoices({ ...said, ...more }, strategies, at, 60);

it.each([
  ['', 'alert', 'normal'],
  ['alert', 'alert', 'normal'],
  ['silent', 'silent', 'normal'],
  ['voip', 'voip', 'urgent'],
  ['promo-2', 'alert', 'normal'],
])('resourcesID %j is %s in lane %s without a word of the app', (resourcesId, strategy, lane) => {
  expect(choices({ resourcesId })).toEqual([
    { document: null, strategy, lane, collapse: 'm1', expiresAt: at + 60_000 },
  ]);
});

it.each([
  ['call', 'urgent'],
  ['chat', 'normal'],
  ['service', 'normal'],
  ['marketing', 'bulk'],
])('class %s travels in lane %s', (pushClass, lane) => {
  const [choice] = choices({ resourcesId: 'x' }, declared({ resourcesId: 'x', class: pushClass }));
  expect(choice).toMatchObject({ lane, strategy: 'alert', document: { resourcesId: 'x' } });
});

describe('a declared strategy', () => {
  it('shortens the time to live and never lengthens it', () => {
    const ttl = (ttlSeconds: number) =>
      choices({ resourcesId: 'x' }, declared({ resourcesId: 'x', ttlSeconds }))[0].expiresAt - at;
    expect([ttl(5), ttl(600)]).toEqual([5_000, 60_000]);
  });

  it.each([
    ['the thread that the sender names', { threadId: 'room-7' }, 'room-7'],
    ['the sender of a message to one', {}, 'ana'],
    ['nobody, for a message to many without a thread', { recipients: ['bob', 'cleo'] }, 'm1'],
  ])('collapses by conversation: %s', (_, more, collapse) => {
    const strategies = declared({ resourcesId: 'x', collapse: 'conversation' });
    expect(choices({ resourcesId: 'x', ...more }, strategies)[0].collapse).toBe(collapse);
  });

  it('leads to its fallbacks, built-in ones too, and a circle ends', () => {
    const strategies = declared(
      { resourcesId: 'ring', strategy: 'voip', class: 'call', fallback: 'loud' },
      { resourcesId: 'loud', class: 'call', fallback: 'alert' },
      { resourcesId: 'a', fallback: 'b' },
      { resourcesId: 'b', fallback: 'a' },
    );
    const named = (resourcesId: string) =>
      choices({ resourcesId }, strategies).map(({ document, strategy, lane }) => [
        document?.resourcesId ?? null,
        strategy,
        lane,
      ]);
    expect(named('ring')).toEqual([
      ['ring', 'voip', 'urgent'],
      ['loud', 'alert', 'urgent'],
      [null, 'alert', 'normal'],
    ]);
    expect(named('a').map(([id]) => id)).toEqual(['a', 'b']);
  });
});

it("a worker gets the common fields that are set and its own vendor's section", () => {
  const strategies = declared({
    resourcesId: 'x',
    class: 'service',
    sound: null,
    mutableContent: true,
    priority: 'high',
    clickAction: { kind: 'app' },
    vendors: { fcm: { channelId: 'orders' }, apns: { category: 'ORDER' } },
  });
  const settings = { revision: 3, strategies };
  expect(resourceOf(settings, 'fcm', 'x')).toEqual({
    resourcesId: 'x',
    revision: 3,
    class: 'service',
    sound: null,
    mutableContent: true,
    priority: 'high',
    clickAction: { kind: 'app' },
    options: { channelId: 'orders' },
  });
  expect(resourceOf(settings, 'apns', 'x')?.options).toEqual({ category: 'ORDER' });
  expect(resourceOf(settings, 'apns', 'alert')).toBeNull();
});

it('says what a vendor can do', () => {
  expect([canDo('apns', 'voip'), canDo('fcm', 'voip'), canDo('fcm', 'silent')]).toEqual([true, false, true]);
});
