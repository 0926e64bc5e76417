import { expect, it } from 'vitest';
import { AccessTokens } from './access-tokens.js';

it('lists what was given out, the latest of each vendor, and who gives any', () => {
  const tokens = new AccessTokens();
  const oppo = tokens.from('oppo');
  tokens.from('vivo');
  for (let index = 0; index <= 1_000; index += 1) oppo('key', `t${index}`);
  expect(tokens.vendors()).toEqual(['oppo', 'vivo']);
  expect(tokens.list()).toHaveLength(1_000);
  expect(tokens.list()[0]).toEqual({ vendor: 'oppo', account: 'key', token: 't1' });
});
