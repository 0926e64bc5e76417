import { describe, expect, it } from 'vitest';
import type { PushClass } from '../push/resource.js';
import type { Strategy } from '../push/vendor.js';
import { harmonySettingsSchema, harmonyStrategySchema, harmonyWords } from './harmony.js';

const settings = harmonySettingsSchema.parse({ credential: 'file:/k.json', projectId: '202' });
const lint = (section: object, pushClass: PushClass, strategy: Strategy = 'alert') =>
  harmonyWords
    .lint(harmonyStrategySchema.parse(section), { pushClass, strategy, settings })
    .map(({ path, message }) => `${path.join('.')}: ${message}`);

describe("a strategy's part for HarmonyOS", () => {
  it.each([
    ['call', {}],
    ['call', { category: 'VOIP' }],
    ['call', { category: 'MISS_CALL' }],
    ['chat', { category: 'IM', sound: 'a.mp3', collapseKey: 3, foregroundShow: false }],
    ['chat', { category: 'MISS_CALL' }],
    ['service', { category: 'EXPRESS' }],
    ['marketing', {}],
    ['marketing', { category: 'MARKETING' }],
  ] as const)('%s %j fits', (pushClass, section) => {
    expect(lint(section, pushClass)).toEqual([]);
  });

  it.each([
    ['call', 'IM', 'write VOIP or MISS_CALL'],
    ['chat', 'MARKETING', 'write IM or MISS_CALL'],
    ['marketing', 'IM', 'write MARKETING'],
    ['service', 'VOIP', 'write SUBSCRIPTION or'],
  ] as const)('%s with category %s', (pushClass, category, advice) => {
    expect(lint({ category }, pushClass)).toEqual([expect.stringContaining(advice)]);
  });

  it('service needs a category', () => {
    expect(lint({}, 'service')).toEqual([expect.stringMatching(/^category: .*needs a category/)]);
    expect(lint({}, 'service', 'silent')).toEqual([]);
  });

  it('what is not shown has no category, sound and collapse key', () => {
    const section = { category: 'IM', sound: null, foregroundShow: true, collapseKey: 1 };
    for (const strategy of ['silent', 'voip'] as const)
      expect(lint(section, 'chat', strategy).map((fault) => fault.split(':')[0])).toEqual([
        'category',
        'sound',
        'foregroundShow',
        'collapseKey',
      ]);
  });

  it.each([{ category: 'PLAY_VOICE' }, { collapseKey: 101 }, { channelId: 'a' }])(
    '%j is no section',
    (section) => {
      expect(harmonyStrategySchema.safeParse(section).success).toBe(false);
    },
  );
});
