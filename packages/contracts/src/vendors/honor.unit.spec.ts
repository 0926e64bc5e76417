import { describe, expect, it } from 'vitest';
import type { PushClass } from '../push/resource.js';
import { honorSettingsSchema, honorWords } from './honor.js';

const settings = honorSettingsSchema.parse({ credential: 'file:/h.json', appId: '100' });
function lint(
  section: object,
  pushClass: PushClass,
  more: object = {},
  strategy: 'alert' | 'silent' = 'alert',
) {
  return honorWords
    .lint(honorWords.strategy.parse(section), { pushClass, strategy, settings: { ...settings, ...more } })
    .map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('the words of Honor', () => {
  it('let a class speak for itself', () => {
    for (const pushClass of ['call', 'chat', 'service', 'marketing'] as const)
      expect(lint({ bigText: true }, pushClass)).toEqual([]);
    expect(lint({ importance: 'NORMAL', image: 'https://a.example/i.png' }, 'service')).toEqual([]);
    expect(lint({ importance: 'LOW' }, 'marketing')).toEqual([]);
  });

  it.each([
    [
      'marketing is no service',
      lint({ importance: 'NORMAL' }, 'marketing'),
      'importance: marketing goes out as LOW: write LOW, or leave it out',
    ],
    [
      'marketing has no pictures',
      lint({ image: 'https://a.example/i.png' }, 'marketing'),
      'image: Honor shows pictures in service messages only: leave it out',
    ],
    [
      'chat is not capped',
      lint({ importance: 'LOW' }, 'chat'),
      'importance: the class chat would be capped as marketing with LOW: write NORMAL, or leave it out',
    ],
    [
      'calls are not capped',
      lint({ importance: 'LOW' }, 'call'),
      'importance: the class call would be capped as marketing with LOW: write NORMAL, or leave it out',
    ],
    [
      'NORMAL needs the right',
      lint({ importance: 'NORMAL' }, 'chat', { serviceMessages: false }),
      'importance: the app has no right to NORMAL: set vendors.honor.serviceMessages, or leave it out',
    ],
    [
      'pictures need the right',
      lint({ image: 'https://a.example/i.png' }, 'chat', { serviceMessages: false }),
      'image: Honor shows pictures in service messages only: set vendors.honor.serviceMessages',
    ],
    [
      'silence shows nothing',
      lint({ bigText: true }, 'chat', {}, 'silent'),
      'bigText: a silent push shows nothing: leave bigText out',
    ],
  ])('%s', (_name, faults, expected) => {
    expect(faults).toEqual([expected]);
  });
});
