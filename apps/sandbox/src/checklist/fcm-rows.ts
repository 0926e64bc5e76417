import { FcmBench } from './fcm-bench.js';
import { fcmRequestChecks } from './fcm-request.checks.js';
import { fcmWireChecks } from './fcm-wire.checks.js';
import { readRows } from './rows.js';
import { runRows } from './run-rows.js';
import type { VendorRows } from './vendor-rows.js';

export const fcmRows: VendorRows = {
  vendor: 'fcm',
  run: async ({ fixture, now, print, restore }) => {
    const bench = await FcmBench.open(fixture, now);
    const checks = { ...fcmWireChecks, ...fcmRequestChecks };
    return runRows(readRows('fcm-sandbox-checklist.md'), checks, {
      bench,
      print,
      reset: async () => {
        await restore();
        await bench.reset();
      },
    });
  },
};
