import { describe, expect, it } from 'vitest';
import { settled } from '../testing/manual-time.js';
import { VerdictsAtHand } from './verdicts-at-hand.js';

const withheld = { kind: 'withheld', reason: 'no-token' } as const;
const roundOf = (user: string) => ({
  recipients: [{ user, devices: [{ deviceId: `${user}-1`, verdict: withheld, facts: null }] }],
});

describe('the verdict of a device', () => {
  it('is there when its round is, whatever is still to be settled', async () => {
    const verdicts = new VerdictsAtHand();
    verdicts.add(Promise.resolve(roundOf('bob')));
    expect(await verdicts.of('bob', 'bob-1')).toEqual(withheld);
  });

  it('is waited for while its round is not begun', async () => {
    const verdicts = new VerdictsAtHand();
    verdicts.add(Promise.resolve(roundOf('bob')));
    let found: unknown = 'nothing yet';
    void verdicts.of('cleo', 'cleo-1').then((verdict) => {
      found = verdict;
    });
    await settled();
    expect(found).toBe('nothing yet');
    verdicts.add(Promise.resolve(roundOf('cleo')));
    verdicts.close();
    await settled();
    expect(found).toEqual(withheld);
  });

  it('is none when the message was let go without one', async () => {
    const verdicts = new VerdictsAtHand();
    verdicts.add(Promise.resolve(roundOf('bob')));
    verdicts.close();
    expect(await verdicts.of('bob', 'bob-2')).toBeNull();
    expect(await verdicts.of('cleo', 'cleo-1')).toBeNull();
  });

  it('is not known when its round could not be written', async () => {
    const verdicts = new VerdictsAtHand();
    const lost = Promise.reject(new Error('no PubAck'));
    verdicts.add(lost);
    await expect(verdicts.of('bob', 'bob-1')).rejects.toThrow('no PubAck');
  });
});
