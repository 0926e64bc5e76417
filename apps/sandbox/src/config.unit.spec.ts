import { expect, test } from 'vitest';
import { readConfig } from './config.js';
import type { SandboxVendor } from './sandbox-vendor.js';

const vendor = (name: string, ...ports: string[]): SandboxVendor => ({
  name: name as SandboxVendor['name'],
  phoneName: name,
  ports,
  otherNames: [],
  hosts: [],
  credentialRefusal: 'refused',
  frequencyLimits: [],
  open: () => {
    throw new Error('not opened here');
  },
});
const registry = [vendor('a', 'a', 'a-development'), vendor('b', 'b'), vendor('c', 'c'), vendor('d', 'd')];

test('ports follow the base in the order of the registry: three beside the control door, the others further up', () => {
  expect(readConfig([], registry).ports).toEqual({
    control: 7_410,
    a: 7_411,
    'a-development': 7_412,
    b: 7_413,
    c: 7_430,
    d: 7_431,
  });
  expect(readConfig(['--port-base', '9000', '--b-port', '1'], registry).ports).toMatchObject({
    control: 9_010,
    b: 1,
    d: 9_031,
  });
});

test('a vendor keeps its port when others are left out; one that is not there is named', () => {
  const { ports, vendors } = readConfig(['--vendors', 'd'], registry);
  expect(ports).toEqual({ control: 7_410, d: 7_431 });
  expect(vendors.map(({ name }) => name)).toEqual(['d']);
  expect(() => readConfig(['--vendors', 'a,x'], registry)).toThrow(/names x, which the sandbox has not/);
});
