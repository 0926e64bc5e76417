import { HarmonyBench } from './harmony-bench.js';
import { harmonyPhoneChecks } from './harmony-phone.checks.js';
import { harmonySendChecks } from './harmony-send.checks.js';
import { readRows } from './rows.js';
import { runRows } from './run-rows.js';
import type { VendorRows } from './vendor-rows.js';

export const harmonyRows: VendorRows = {
  vendor: 'harmony',
  run: async ({ fixture, now, print, restore }) => {
    const bench = await HarmonyBench.open(fixture, now);
    const checks = { ...harmonySendChecks, ...harmonyPhoneChecks };
    return runRows(readRows('harmony-sandbox-checklist.md'), checks, {
      bench,
      print,
      reset: async () => {
        await restore();
        await bench.reset();
      },
    });
  },
};
