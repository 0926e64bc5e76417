import { expect, it } from 'vitest';
import type { PushClass } from '../push/resource.js';
import { xiaomiSettingsSchema, xiaomiStrategySchema, xiaomiWords } from './xiaomi.js';

const channels = [
  { id: 'im', kind: 'private', classes: ['chat'], templateId: 'P1' },
  { id: 'bare', kind: 'private' },
  { id: 'news', kind: 'public', classes: ['marketing'] },
];
const settingsOf = (more: object = {}) =>
  xiaomiSettingsSchema.parse({ credential: 'file:/x', packageName: 'org.example', channels, ...more });
const lint = (section: object, pushClass: PushClass, more: object = {}) =>
  xiaomiWords.lint(xiaomiStrategySchema.parse(section), {
    pushClass,
    strategy: 'alert',
    settings: settingsOf(more),
  });

const rows: readonly (readonly [
  string,
  object,
  PushClass,
  object,
  readonly (readonly [string, RegExp])[],
])[] = [
  ['chat on the channel that lists it', {}, 'chat', {}, []],
  ['marketing on the channel that lists it', {}, 'marketing', {}, []],
  ['no channel lists the class', {}, 'call', {}, [['channelId', /no channel takes the class call/]]],
  ['no channel, and none is required', {}, 'call', { channelRequired: false }, []],
  ['an unknown channel', { channelId: 'imm' }, 'chat', {}, [['channelId', /"imm" is not among/]]],
  [
    'marketing on a private channel',
    { channelId: 'im' },
    'marketing',
    {},
    [['channelId', /private channel "im"/]],
  ],
  [
    'chat on a public channel',
    { channelId: 'news' },
    'chat',
    {},
    [['channelId', /capped on the public channel/]],
  ],
  [
    'a call on a public channel',
    { channelId: 'news' },
    'call',
    {},
    [['channelId', /class call would be capped/]],
  ],
  ['service may use either', { channelId: 'news' }, 'service', {}, []],
  [
    'a private channel without a template',
    { channelId: 'bare' },
    'chat',
    {},
    [['templateId', /needs a template/]],
  ],
  ['the template is named here', { channelId: 'bare', templateId: 'P2' }, 'chat', {}, []],
  [
    'a template on a public channel',
    { channelId: 'news', templateId: 'P2' },
    'service',
    {},
    [['templateId', /takes no template/]],
  ],
  [
    'a template without a channel',
    { templateId: 'P2' },
    'call',
    { channelRequired: false },
    [['templateId', /belongs to a private channel/]],
  ],
  [
    'an unknown placeholder',
    { templateParams: { name: 'From {name}' } },
    'chat',
    {},
    [['templateParams.name', /\{name\} stands for nothing/]],
  ],
  ['known placeholders', { templateParams: { name: '{title} ({sender}): {content}' } }, 'chat', {}, []],
];

it.each(rows)('%s', (_name, section, pushClass, more, expected) => {
  const faults = lint(section, pushClass, more);
  expect(faults.map(({ path }) => path.join('.'))).toEqual(expected.map(([path]) => path));
  for (const [index, [, message]] of expected.entries()) expect(faults[index]?.message).toMatch(message);
});

it.each([
  [{ templateParams: Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`p${i}`, 'x'])) }, /nine/],
  [{ templateParams: { name: 'x'.repeat(129) } }, /128/],
  [{ templateParams: { name: '' } }, />=1/],
  [{ channel: 'im' }, /channel/],
])('the section %j is refused', (section, message) => {
  expect(() => xiaomiStrategySchema.parse(section)).toThrow(message);
});
