import { describe, expect, it } from 'vitest';
import type { PushClass } from '../push/resource.js';
import { oppoPresentation, oppoSettingsSchema, oppoStrategySchema, oppoWords } from './oppo.js';

const settings = (more: object = {}) => oppoSettingsSchema.parse({ credential: 'file:/oppo.json', ...more });
const template = { id: 't1', contentParameters: { text: 'content' } };

const rows: readonly (readonly [string, object, PushClass, object, readonly string[]])[] = [
  ['nothing said', {}, 'chat', {}, []],
  ['a chat in category IM with its template', { category: 'IM', template }, 'chat', {}, []],
  ["the app's template", { category: 'IM' }, 'chat', { imTemplate: template }, []],
  ['no template', { category: 'IM' }, 'chat', {}, ['template']],
  ["the app's category without a template", {}, 'chat', { categories: { chat: 'IM' } }, ['template']],
  ['a call in category IM', { category: 'IM', template, notifyLevel: 16 }, 'call', {}, []],
  ['an order', { category: 'ORDER', notifyLevel: 2 }, 'service', {}, []],
  ['marketing as news', { category: 'NEWS' }, 'marketing', {}, []],
  ['marketing as an order', { category: 'ORDER' }, 'marketing', {}, ['category']],
  ['a chat as marketing', { category: 'SOCIAL' }, 'chat', {}, ['category']],
  ['a template of nothing', { template }, 'chat', {}, ['template']],
  ['a template of marketing', { category: 'MARKETING', template }, 'marketing', {}, ['template']],
  ['a level without category', { notifyLevel: 2 }, 'chat', {}, ['notifyLevel']],
  ['everything', { category: 'NEWS', template }, 'chat', {}, ['category', 'template']],
];

describe('OPPO strategies', () => {
  it.each(rows)('%s', (_name, section, pushClass, more, paths) => {
    const context = { pushClass, strategy: 'alert' as const, settings: settings(more) };
    const faults = oppoWords.lint(oppoStrategySchema.parse(section), context);
    expect(faults.map(({ path }) => path.join('.'))).toEqual(paths);
    for (const { message } of faults) expect(message.length).toBeGreaterThan(30);
  });

  it('say more than the app does', () => {
    const app = settings({ channelId: 'all', categories: { chat: 'IM' }, imTemplate: template });
    expect(oppoPresentation({}, 'chat', app)).toMatchObject({
      category: 'IM',
      channelId: 'all',
      template: { id: 't1' },
      style: 'standard',
    });
    const own = oppoStrategySchema.parse({ category: 'TODO', channelId: 'own', style: 'long' });
    expect(oppoPresentation(own, 'chat', app)).toMatchObject({
      category: 'TODO',
      channelId: 'own',
      template: null,
      style: 'long',
    });
  });

  it.each([{ category: 'im' }, { notifyLevel: 3 }, { sound: 'x' }, { template: { id: '' } }])(
    'are refused with %j',
    (section) => expect(oppoStrategySchema.safeParse(section).success).toBe(false),
  );
});

it('the addresses of the documents are the defaults', () => {
  expect(settings()).toMatchObject({
    endpoint: 'https://api.push.oppomobile.com',
    feedbackEndpoint: 'https://feedback.push.oppomobile.com',
    contentCharacters: 50,
    marketingPerDay: null,
    marketingPerDevicePerDay: 2,
  });
});
