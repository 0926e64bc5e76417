import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemRandom } from '../random-source.js';
import { startSandbox, type Sandbox } from '../sandbox.js';
import { ControlClient } from './control-client.js';

export interface SandboxFixture {
  readonly sandbox: Sandbox;
  readonly control: ControlClient;
  readonly ca: string;
  readonly folder: string;
  close(): Promise<void>;
}

/** A sandbox of its own on free ports of the loopback. Its state folder goes when it is closed. */
export async function openSandboxFixture(
  now: () => number,
  folder: string = mkdtempSync(join(tmpdir(), 'reveille-sandbox-')),
): Promise<SandboxFixture> {
  const faults: unknown[] = [];
  const sandbox = await startSandbox({
    host: '127.0.0.1',
    ports: { control: 0, apnsProduction: 0, apnsDevelopment: 0, fcm: 0 },
    stateFolder: folder,
    clock: { now },
    random: systemRandom,
    onFault: (error) => faults.push(error),
  });
  return {
    sandbox,
    control: new ControlClient(`http://127.0.0.1:${sandbox.ports.control}`),
    ca: readFileSync(sandbox.caFile, 'utf8'),
    folder,
    close: async () => {
      await sandbox.stop();
      rmSync(folder, { recursive: true, force: true });
      if (faults.length > 0) throw new AggregateError(faults, 'the control door broke');
    },
  };
}
