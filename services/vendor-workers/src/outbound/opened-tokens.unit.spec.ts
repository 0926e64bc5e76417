import { ContractError } from '@reveille/contracts/errors';
import { describe, expect, it } from 'vitest';
import { OpenedTokens } from './opened-tokens.js';

const ann = { app: 'shop', deviceId: 'd1' };

function counted(most: number) {
  let opened = 0;
  const tokens = new OpenedTokens(
    {
      open: (sealed, { app, deviceId }) => {
        opened += 1;
        if (`${app}/${deviceId}` !== 'shop/d1') throw new ContractError('not theirs');
        return `clear ${sealed}`;
      },
    },
    most,
  );
  return { tokens, opened: () => opened };
}

describe('OpenedTokens', () => {
  it('opens a token once while it is remembered', () => {
    const { tokens, opened } = counted(10);
    for (let count = 0; count < 3; count += 1) expect(tokens.open('a', ann)).toBe('clear a');
    expect(opened()).toBe(1);
  });

  it('proves anew whose it is for everybody else', () => {
    const { tokens } = counted(10);
    tokens.open('a', ann);
    expect(() => tokens.open('a', { ...ann, app: 'bank' })).toThrow(ContractError);
    expect(() => tokens.open('a', { ...ann, deviceId: 'd2' })).toThrow(ContractError);
    expect(tokens.open('a', ann)).toBe('clear a');
  });

  it('remembers the latest, and no more than so many', () => {
    const { tokens, opened } = counted(4);
    for (const sealed of ['a', 'b', 'c', 'd']) tokens.open(sealed, ann);
    tokens.open('a', ann);
    expect(opened()).toBe(4);
    tokens.open('e', ann);
    tokens.open('e', ann);
    expect(opened()).toBe(5);
    tokens.open('a', ann);
    expect(opened()).toBe(6);
  });
});
