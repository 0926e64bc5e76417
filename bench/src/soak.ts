import { spawn } from 'node:child_process';
import { join } from 'node:path';

// The storm of `./reveille test e2e/storm` in its long form: every fault lasts ten minutes, workers are killed all the while.
//   node bench/dist/soak.js [--front-seconds 600] [--pushes 1000000] [--seed 7]
const given = process.argv.slice(2);
const defaults = { 'front-seconds': '600', pushes: '1000000' };
const args = Object.entries(defaults).flatMap(([name, value]) =>
  given.some((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`)) ? [] : [`--${name}`, value],
);
const storm = join(import.meta.dirname, '..', '..', 'e2e', 'dist', 'storm.e2e.js');
const child = spawn(process.execPath, ['--enable-source-maps', storm, ...args, ...given], {
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
