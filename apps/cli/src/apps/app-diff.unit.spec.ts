import { appDocumentSchema } from '@reveille/contracts/app/events';
import { expect, it } from 'vitest';
import { diffApps } from './app-diff.js';

const fcm = { credential: 'file:k', projectId: 'p' };
const app = (more: object = {}) => appDocumentSchema.parse({ app: 'a', vendors: { fcm }, ...more });

it('tells what comes, goes and changes, and whole vendors and strategies in one line', () => {
  const before = app({
    strategies: [
      { resourcesId: 'ring', class: 'call', ttlSeconds: 30 },
      { resourcesId: 'old', class: 'chat' },
    ],
  });
  const after = app({
    ttlSeconds: 60,
    vendors: {
      fcm: { ...fcm, priority: 'normal' },
      apns: { credential: 'file:a', teamId: 'T', keyId: 'K', bundleId: 'b' },
    },
    strategies: [
      { resourcesId: 'offers', class: 'marketing' },
      { resourcesId: 'ring', class: 'call', ttlSeconds: 45, fallback: 'offers' },
    ],
  });
  expect(diffApps(before, after)).toEqual([
    '+ strategies.offers',
    '- strategies.old',
    '+ strategies.ring.fallback: "offers"',
    '~ strategies.ring.ttlSeconds: 30 → 45',
    '~ ttlSeconds: 86400 → 60',
    '+ vendors.apns',
    '~ vendors.fcm.priority: "high" → "normal"',
  ]);
  expect(diffApps(after, before)).toContain('- vendors.apns');
});

it('says nothing about documents that say the same, whatever their order', () => {
  const one = app({ strategies: [{ resourcesId: 'a' }, { resourcesId: 'b' }] });
  const other = app({ strategies: [{ resourcesId: 'b' }, { resourcesId: 'a' }] });
  expect(diffApps(one, Object.fromEntries(Object.entries(other).reverse()) as typeof other)).toEqual([]);
});

it('shows no keys and no hashes', () => {
  const [before, after] = ['A', 'B'].map((letter) => app({ serverKeyHashes: [letter.repeat(43)] }));
  expect(diffApps(before ?? null, after ?? null)).toEqual(['~ serverKeyHashes changes']);
});
