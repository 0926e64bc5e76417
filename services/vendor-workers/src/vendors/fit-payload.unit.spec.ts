import { describe, expect, it } from 'vitest';
import { type FittingTexts, fitPayload, jsonBytes } from './fit-payload.js';

const measure = (texts: FittingTexts) =>
  Buffer.byteLength(JSON.stringify({ aps: { alert: texts }, payload: 'p' }));
const empty = measure({ title: '', content: '' });
const family = '👨‍👩‍👧‍👦';
const flag = '🇨🇳';
const accent = 'e\u0301';

describe('fitPayload', () => {
  it('leaves what fits', () => {
    const texts = { title: 'T', content: 'C' };
    expect(fitPayload(texts, measure, measure(texts))).toBe(texts);
  });

  it('shortens the content before the title', () => {
    const fitted = fitPayload({ title: 'title', content: 'a'.repeat(100) }, measure, empty + 5 + 20);
    expect(fitted).toEqual({ title: 'title', content: `${'a'.repeat(17)}…` });
  });

  it('shortens the title when the content is gone', () => {
    const fitted = fitPayload({ title: 't'.repeat(50), content: 'c'.repeat(50) }, measure, empty + 10);
    expect(fitted).toEqual({ title: `${'t'.repeat(7)}…`, content: '' });
  });

  it('says null when the rest alone is too large', () => {
    expect(fitPayload({ title: 't', content: 'c' }, measure, empty - 1)).toBeNull();
  });

  it.each([
    ['a ZWJ sequence', family],
    ['a flag', flag],
    ['a combining accent', accent],
    ['an astral character', '𠮷'],
    ['an escaped character', '"'],
    ['a control character', '\u0001'],
    ['a skin tone', '👍🏽'],
  ])('never cuts %s, at any limit, and never leaves room for one more', (_name, character) => {
    const content = character.repeat(40);
    for (let limit = empty; limit <= measure({ title: '', content }); limit += 1) {
      const fitted = fitPayload({ title: '', content }, measure, limit);
      if (fitted === null) throw new Error('content can always go');
      expect(measure(fitted)).toBeLessThanOrEqual(limit);
      const kept = fitted.content.replace(/…$/, '');
      expect(kept.length % character.length).toBe(0);
      expect(kept).toBe(character.repeat(kept.length / character.length));
      if (fitted.content !== content) {
        expect(measure({ title: '', content: `${kept}${character}…` })).toBeGreaterThan(limit);
      }
    }
  });

  it('counts bytes as JSON writes them', () => {
    expect(jsonBytes('\n')).toBe(2);
    expect(jsonBytes('\ud800')).toBe(6);
    expect(jsonBytes('好')).toBe(3);
  });
});
