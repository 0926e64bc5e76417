import { systemClock } from '@reveille/chassis/clock';
import { Health } from '@reveille/chassis/health';
import { Lifecycle, runProcess } from '@reveille/chassis/lifecycle';
import { createLogger } from '@reveille/chassis/logger';
import { readConfig } from './config.js';
import { systemRandom } from './random-source.js';
import { startSandbox, type Sandbox } from './sandbox.js';
import { sandboxVendors } from './vendors/registry.js';

await runProcess('sandbox', () => {
  const config = readConfig(process.argv.slice(2), sandboxVendors);
  const logger = createLogger({ service: 'sandbox' });
  let sandbox: Sandbox | null = null;
  return new Lifecycle(logger, new Health()).add({
    name: 'sandbox',
    start: async () => {
      const onFault = (error: unknown): void => logger.error('a control request broke', { error });
      sandbox = await startSandbox({ ...config, clock: systemClock, random: systemRandom, onFault });
      logger.info('the sandbox listens', { ports: { ...sandbox.ports }, caFile: sandbox.caFile });
    },
    stop: () => sandbox?.stop(),
  });
});
