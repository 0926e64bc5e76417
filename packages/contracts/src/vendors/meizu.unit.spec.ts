import { expect, it } from 'vitest';
import type { PushClass } from '../push/resource.js';
import { meizuSettingsSchema, meizuStrategySchema, meizuWords } from './meizu.js';

const rows: readonly (readonly [string, object, PushClass, object, RegExp | null])[] = [
  ['chat is private', {}, 'chat', {}, null],
  ['marketing is public', {}, 'marketing', {}, null],
  ['service may be public', { messageType: 'public' }, 'service', {}, null],
  ['a private marketing message', { messageType: 'private' }, 'marketing', {}, /marketing may not be/],
  ['marketing among the private classes', {}, 'marketing', { privateClasses: ['marketing'] }, /write public/],
  ['a public chat', { messageType: 'public' }, 'chat', {}, /class chat would be capped/],
  [
    'calls are not among the private classes',
    {},
    'call',
    { privateClasses: [] },
    /class call would be capped/,
  ],
];

it.each(rows)('%s', (_name, section, pushClass, more, expected) => {
  const settings = meizuSettingsSchema.parse({ credential: 'file:/x', appId: '10000', ...more });
  const faults = meizuWords.lint(meizuStrategySchema.parse(section), {
    pushClass,
    strategy: 'alert',
    settings,
  });
  expect(faults.map(({ path }) => path.join('.'))).toEqual(expected === null ? [] : ['messageType']);
  if (expected !== null) expect(faults[0]?.message).toMatch(expected);
});
