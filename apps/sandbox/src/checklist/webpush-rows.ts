import { readRows } from './rows.js';
import { runRows } from './run-rows.js';
import type { VendorRows } from './vendor-rows.js';
import { WebpushBench } from './webpush-bench.js';
import { webpushRequestChecks } from './webpush-request.checks.js';
import { webpushServiceChecks } from './webpush-service.checks.js';

export const webpushRows: VendorRows = {
  vendor: 'webpush',
  run: ({ fixture, now, print, restore }) => {
    const bench = new WebpushBench(fixture, now);
    const checks = { ...webpushRequestChecks, ...webpushServiceChecks };
    return runRows(readRows('webpush-sandbox-checklist.md'), checks, {
      bench,
      print,
      reset: async () => {
        await restore();
        bench.reset();
      },
    });
  },
};
