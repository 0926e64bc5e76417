import type { VendorName } from '@reveille/contracts/push/vendor';
import { sandboxVendors } from '@reveille/sandbox/vendors/registry';
import { expect, it } from 'vitest';
import { vendorCases } from '../testing/vendor-cases/catalog.js';
import { vendorContract } from './vendor.contract.js';

for (const vendor of Object.keys(vendorCases)) vendorContract(vendor as VendorName);

it('every vendor that the sandbox plays has its cases', () => {
  expect(Object.keys(vendorCases).toSorted()).toEqual(sandboxVendors.map(({ name }) => name).toSorted());
});
