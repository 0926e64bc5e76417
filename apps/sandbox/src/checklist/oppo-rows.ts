import { OppoBench } from './oppo-bench.js';
import { oppoDeliveryChecks } from './oppo-delivery.checks.js';
import { oppoRequestChecks } from './oppo-request.checks.js';
import { readRows } from './rows.js';
import { runRows } from './run-rows.js';
import type { VendorRows } from './vendor-rows.js';

export const oppoRows: VendorRows = {
  vendor: 'oppo',
  run: async ({ fixture, now, print, restore }) => {
    const bench = await OppoBench.open(fixture, now);
    const checks = { ...oppoRequestChecks, ...oppoDeliveryChecks };
    return runRows(readRows('oppo-sandbox-checklist.md'), checks, {
      bench,
      print,
      reset: async () => {
        await restore();
        await bench.reset();
      },
    });
  },
};
