import { readRows } from './rows.js';
import { runRows } from './run-rows.js';
import type { VendorRows } from './vendor-rows.js';
import { VivoBench } from './vivo-bench.js';
import { vivoDeliveryChecks } from './vivo-delivery.checks.js';
import { vivoRequestChecks } from './vivo-request.checks.js';

export const vivoRows: VendorRows = {
  vendor: 'vivo',
  run: async ({ fixture, now, print, restore }) => {
    const bench = await VivoBench.open(fixture, now);
    const checks = { ...vivoRequestChecks, ...vivoDeliveryChecks };
    return runRows(readRows('vivo-sandbox-checklist.md'), checks, {
      bench,
      print,
      reset: async () => {
        await restore();
        await bench.reset();
      },
    });
  },
};
