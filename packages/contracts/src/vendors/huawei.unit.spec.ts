import { describe, expect, it } from 'vitest';
import type { PushClass } from '../push/resource.js';
import type { Strategy } from '../push/vendor.js';
import { huaweiSettingsSchema, huaweiStrategySchema, huaweiWords } from './huawei.js';

const settings = huaweiSettingsSchema.parse({ credential: 'file:/k.json', appId: '101' });
const lint = (section: object, pushClass: PushClass, strategy: Strategy = 'alert') =>
  huaweiWords
    .lint(huaweiStrategySchema.parse(section), {
      pushClass,
      strategy,
      settings,
    })
    .map(({ path, message }) => `${path.join('.')}: ${message}`);

describe("a strategy's part for Huawei", () => {
  it.each([
    ['call', {}],
    ['call', { category: 'VOIP' }],
    ['chat', {}],
    ['chat', { category: 'IM', channelId: 'chat', importance: 'NORMAL', collapseKey: 3 }],
    ['service', { category: 'EXPRESS' }],
    ['marketing', {}],
    ['marketing', { category: 'MARKETING' }],
  ] as const)('%s %j fits', (pushClass, section) => {
    expect(lint(section, pushClass)).toEqual([]);
  });

  it.each([
    ['call', 'IM', 'write VOIP'],
    ['chat', 'MARKETING', 'write IM'],
    ['marketing', 'IM', 'write MARKETING'],
    ['service', 'VOIP', 'write SUBSCRIPTION or'],
  ] as const)('%s with category %s', (pushClass, category, advice) => {
    expect(lint({ category }, pushClass)).toEqual([expect.stringContaining(advice)]);
  });

  it('service needs a category', () => {
    expect(lint({}, 'service')).toEqual([expect.stringMatching(/^category: .*needs a category/)]);
  });

  it('PLAY_VOICE is for silent pushes', () => {
    expect(lint({ category: 'PLAY_VOICE' }, 'service')).toHaveLength(1);
    expect(lint({ category: 'PLAY_VOICE' }, 'service', 'silent')).toEqual([]);
  });

  it('a silent push shows nothing', () => {
    const section = { channelId: 'c', importance: 'LOW', sound: null, foregroundShow: true };
    expect(lint(section, 'chat', 'silent').map((fault) => fault.split(':')[0])).toEqual([
      'channelId',
      'importance',
      'sound',
      'foregroundShow',
    ]);
  });

  it('api v2 needs a project', () => {
    const parsed = huaweiSettingsSchema.safeParse({ ...settings, api: 'v2' });
    expect(parsed.error?.issues).toMatchObject([{ path: ['projectId'] }]);
    expect(huaweiSettingsSchema.safeParse({ ...settings, api: 'v2', projectId: '202' }).success).toBe(true);
  });

  it.each([{ category: 'SYSTEM_REMINDER' }, { collapseKey: 101 }, { importance: 'MAX' }, { colour: 'red' }])(
    '%j is no section',
    (section) => {
      expect(huaweiStrategySchema.safeParse(section).success).toBe(false);
    },
  );
});
