import { readRows } from './rows.js';
import { runRows } from './run-rows.js';
import type { VendorRows } from './vendor-rows.js';
import { XiaomiBench } from './xiaomi-bench.js';
import { xiaomiPhoneChecks } from './xiaomi-phone.checks.js';
import { xiaomiRequestChecks } from './xiaomi-request.checks.js';

export const xiaomiRows: VendorRows = {
  vendor: 'xiaomi',
  run: async ({ fixture, now, print, restore }) => {
    const bench = await XiaomiBench.open(fixture, now);
    const checks = { ...xiaomiRequestChecks, ...xiaomiPhoneChecks };
    return runRows(readRows('xiaomi-sandbox-checklist.md'), checks, { bench, print, reset: restore });
  },
};
