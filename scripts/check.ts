// pnpm check: everything that can be said about the project without starting a town.
import { runChecks } from './checking/run-checks.ts';
import { counted, inSeconds } from './testing/tier-result.ts';

const result = await runChecks({ withUnitTests: true });
for (const fault of result.faults) console.log(fault);
console.log(`${inSeconds(result.tookMs)} in all`);
console.log(counted(result));
process.exitCode = result.failed > 0 || result.faults.length > 0 ? 1 : 0;
