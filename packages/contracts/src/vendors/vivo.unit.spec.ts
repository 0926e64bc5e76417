import { describe, expect, it } from 'vitest';
import type { PushClass } from '../push/resource.js';
import { vivoPresentation, vivoSettingsSchema, vivoStrategySchema, vivoWords } from './vivo.js';

const settings = (more: object = {}) =>
  vivoSettingsSchema.parse({ credential: 'file:/vivo.json', appId: 10004, ...more });

const rows: readonly (readonly [string, object, PushClass, object, readonly string[]])[] = [
  ['nothing said', {}, 'chat', {}, []],
  ['a chat in category IM', { category: 'IM' }, 'chat', {}, []],
  [
    'a call in category IM, as a system message',
    { category: 'IM', classification: 'system' },
    'call',
    {},
    [],
  ],
  ['an order', { category: 'ORDER' }, 'service', {}, []],
  ['news', { category: 'NEWS', classification: 'operational' }, 'marketing', {}, []],
  ['marketing as an order', { category: 'ORDER' }, 'marketing', {}, ['category']],
  ['a chat as content', { category: 'CONTENT' }, 'chat', {}, ['category']],
  ["the app's category", {}, 'chat', { categories: { chat: 'NEWS' } }, ['category']],
  ['IM as operational', { category: 'IM', classification: 'operational' }, 'chat', {}, ['classification']],
  ['news as system', { category: 'NEWS', classification: 'system' }, 'marketing', {}, ['classification']],
  ['marketing as system', { classification: 'system' }, 'marketing', {}, ['classification']],
  ['no right, system', { classification: 'system' }, 'chat', { systemMessages: false }, ['classification']],
  ['no right, category IM', { category: 'IM' }, 'chat', { systemMessages: false }, ['category']],
  ['no right, nothing said', {}, 'chat', { systemMessages: false }, []],
];

describe('vivo strategies', () => {
  it.each(rows)('%s', (_name, section, pushClass, more, paths) => {
    const context = { pushClass, strategy: 'alert' as const, settings: settings(more) };
    const faults = vivoWords.lint(vivoStrategySchema.parse(section), context);
    expect(faults.map(({ path }) => path.join('.'))).toEqual(paths);
    for (const { message } of faults) expect(message.length).toBeGreaterThan(30);
  });

  it.each([
    [{}, 'chat', {}, { category: null, classification: 'system', notify: 'both' }],
    [{}, 'marketing', {}, { category: null, classification: 'operational' }],
    [{}, 'chat', { systemMessages: false }, { classification: 'operational' }],
    [
      {},
      'chat',
      { categories: { chat: 'IM' }, systemMessages: false },
      { category: 'IM', classification: 'system' },
    ],
    [
      { category: 'TODO', notify: 'none', sendOnline: true, foregroundShow: false },
      'chat',
      { categories: { chat: 'IM' } },
      { category: 'TODO', notify: 'none', sendOnline: true, foregroundShow: false },
    ],
  ] as const)('%j as %s, in an app of %j', (section, pushClass, more, expected) => {
    expect(vivoPresentation(vivoStrategySchema.parse(section), pushClass, settings(more))).toMatchObject(
      expected,
    );
  });

  it.each([{ category: 'im' }, { classification: 1 }, { sound: 'x' }, { notify: 2 }])(
    'are refused with %j',
    (section) => expect(vivoStrategySchema.safeParse(section).success).toBe(false),
  );
});

it("the document's words are the defaults", () => {
  expect(settings()).toMatchObject({
    endpoint: 'https://api-push.vivo.com.cn',
    titleCharacters: 40,
    contentCharacters: 100,
    longestTtlSeconds: 86_400,
    operationalPerDevicePerDay: 2,
  });
});
