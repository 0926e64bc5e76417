import { describe, expect, it } from 'vitest';
import { isPublicAddress } from './public-lookup.js';

describe('which addresses are public', () => {
  it.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '223.255.255.255', '17.188.0.1'])(
    '%s is',
    (address) => {
      expect(isPublicAddress({ address, family: 4 })).toBe(true);
    },
  );
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
  ])('%s is not', (address) => {
    expect(isPublicAddress({ address, family: 4 })).toBe(false);
  });
  it.each(['2606:4700::1111', '2a00:1450:4001::200e', '2403:300::1'])('%s is', (address) => {
    expect(isPublicAddress({ address, family: 6 })).toBe(true);
  });
  it.each([
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
    'fc00::1',
    'fd12::1',
    'fe80::1',
    'ff02::1',
    '2001:0:4136::1',
    '2001:db8::1',
    '2002:7f00:1::',
  ])('%s is not', (address) => {
    expect(isPublicAddress({ address, family: 6 })).toBe(false);
  });
});
