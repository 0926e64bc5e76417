import { vendorNames } from '@reveille/contracts/push/vendor';
import { sandboxVendors } from '@reveille/sandbox/vendors/registry';
import { expect, it } from 'vitest';
import { vendorContract } from './vendor.contract.js';

for (const vendor of vendorNames) vendorContract(vendor);

it('the sandbox plays every vendor', () => {
  expect(sandboxVendors.map(({ name }) => name).toSorted()).toEqual([...vendorNames].toSorted());
});
