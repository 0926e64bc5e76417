import { HonorBench } from './honor-bench.js';
import { honorPhoneChecks } from './honor-phone.checks.js';
import { honorSendChecks } from './honor-send.checks.js';
import { readRows } from './rows.js';
import { runRows } from './run-rows.js';
import type { VendorRows } from './vendor-rows.js';

export const honorRows: VendorRows = {
  vendor: 'honor',
  run: async ({ fixture, now, print, restore }) => {
    const bench = await HonorBench.open(fixture, now);
    const checks = { ...honorSendChecks, ...honorPhoneChecks };
    return runRows(readRows('honor-sandbox-checklist.md'), checks, {
      bench,
      print,
      reset: async () => {
        await restore();
        await bench.reset();
      },
    });
  },
};
