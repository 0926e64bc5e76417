import { vendorNames } from '@reveille/contracts/push/vendor';
import { vendorContract } from './vendor.contract.js';

for (const vendor of vendorNames) vendorContract(vendor);
