import { readConfig } from './config.js';
import { systemRandom } from './random-source.js';
import { startSandbox } from './sandbox.js';

const log = (level: string, message: string, fields: object = {}): void =>
  void process.stdout.write(`${JSON.stringify({ level, service: 'sandbox', message, ...fields })}\n`);

const config = readConfig(process.argv.slice(2), process.env);
const sandbox = await startSandbox({
  ...config,
  clock: { now: () => Date.now() },
  random: systemRandom,
  onFault: (error) => log('error', 'a control request broke', { error: String(error) }),
});
log('info', 'the sandbox listens', { ports: sandbox.ports, caFile: sandbox.caFile });

const stop = async (): Promise<void> => {
  await sandbox.stop();
  log('info', 'the sandbox has stopped');
  process.exit(0);
};
process.once('SIGTERM', () => void stop());
process.once('SIGINT', () => void stop());
