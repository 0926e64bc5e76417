import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemRandom } from '../random-source.js';
import { portOf, startSandbox, type Sandbox } from '../sandbox.js';
import { sandboxVendors } from '../vendors/registry.js';
import type { SandboxVendor } from '../sandbox-vendor.js';
import { ControlClient } from './control-client.js';

export interface SandboxFixture {
  readonly sandbox: Sandbox;
  readonly control: ControlClient;
  readonly ca: string;
  readonly folder: string;
  /** Of a vendor's door, by its name. */
  portOf(name: string): number;
  close(): Promise<void>;
}

/** A sandbox of its own on free ports of the loopback. Its state folder goes when it is closed. */
export async function openSandboxFixture(
  now: () => number,
  folder: string = mkdtempSync(join(tmpdir(), 'reveille-sandbox-')),
  vendors: readonly SandboxVendor[] = sandboxVendors,
): Promise<SandboxFixture> {
  const faults: unknown[] = [];
  const sandbox = await startSandbox({
    host: '127.0.0.1',
    publicHost: '127.0.0.1',
    ports: {},
    vendors,
    stateFolder: folder,
    clock: { now },
    random: systemRandom,
    onFault: (error) => faults.push(error),
  });
  return {
    sandbox,
    control: new ControlClient(`http://127.0.0.1:${portOf(sandbox, 'control')}`),
    ca: readFileSync(sandbox.caFile, 'utf8'),
    folder,
    portOf: (name) => portOf(sandbox, name),
    close: async () => {
      await sandbox.stop();
      rmSync(folder, { recursive: true, force: true });
      if (faults.length > 0) throw new AggregateError(faults, 'the control door broke');
    },
  };
}
