import { HuaweiBench } from './huawei-bench.js';
import { huaweiMessageChecks } from './huawei-message.checks.js';
import { huaweiPhoneChecks } from './huawei-phone.checks.js';
import { huaweiWireChecks } from './huawei-wire.checks.js';
import { readRows } from './rows.js';
import { runRows } from './run-rows.js';
import type { VendorRows } from './vendor-rows.js';

export const huaweiRows: VendorRows = {
  vendor: 'huawei',
  run: async ({ fixture, now, print, restore }) => {
    const bench = await HuaweiBench.open(fixture, now);
    const checks = { ...huaweiWireChecks, ...huaweiMessageChecks, ...huaweiPhoneChecks };
    return runRows(readRows('huawei-sandbox-checklist.md'), checks, {
      bench,
      print,
      reset: async () => {
        await restore();
        await bench.reset();
      },
    });
  },
};
