import { ApnsBench } from './apns-bench.js';
import { apnsPhoneChecks } from './apns-phone.checks.js';
import { apnsProviderChecks } from './apns-provider.checks.js';
import { apnsRequestChecks } from './apns-request.checks.js';
import { apnsWireChecks } from './apns-wire.checks.js';
import { readRows } from './rows.js';
import { runRows } from './run-rows.js';
import type { VendorRows } from './vendor-rows.js';

export const apnsRows: VendorRows = {
  vendor: 'apns',
  run: async ({ fixture, now, print, restore }) => {
    const bench = await ApnsBench.open(fixture, now);
    const checks = { ...apnsWireChecks, ...apnsProviderChecks, ...apnsRequestChecks, ...apnsPhoneChecks };
    return runRows(readRows('apns-sandbox-checklist.md'), checks, {
      bench,
      print,
      reset: async () => {
        await bench.reset();
        await restore();
      },
    });
  },
};
