import { MeizuBench } from './meizu-bench.js';
import { meizuPhoneChecks } from './meizu-phone.checks.js';
import { meizuRequestChecks } from './meizu-request.checks.js';
import { readRows } from './rows.js';
import { runRows } from './run-rows.js';
import type { VendorRows } from './vendor-rows.js';

export const meizuRows: VendorRows = {
  vendor: 'meizu',
  run: async ({ fixture, now, print, restore }) => {
    const bench = await MeizuBench.open(fixture, now);
    const checks = { ...meizuRequestChecks, ...meizuPhoneChecks };
    return runRows(readRows('meizu-sandbox-checklist.md'), checks, { bench, print, reset: restore });
  },
};
