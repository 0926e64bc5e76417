import { systemIds } from '@reveille/chassis/id-source';
import { vendorNames } from '@reveille/contracts/push/vendor';
import { takeDataFolder } from './data-lock.js';
import { freePortBase } from './port-check.js';
import type { ReadyLine } from './ready-line.js';
import { sandboxPlan, sandboxUrl } from './sandbox-plan.js';
import { natsPlan } from './start-nats.js';
import { Supervisor } from './supervisor.js';
import { portsFrom } from './town-ports.js';

/**
 * Opens the log of a town that has ended: nats-server on its store, and the sandbox if its ledger is wanted, on ports that are free
 * now. Nothing else runs, so nothing changes.
 */
export async function openEndedTown(
  ended: ReadyLine,
  needsSandbox: boolean,
): Promise<{ ready: ReadyLine; close: () => Promise<void> }> {
  const { data, urls } = ended;
  const release = takeDataFolder(data);
  const supervisor = new Supervisor(data, systemIds.uuid(), () => {});
  const close = async (): Promise<void> => {
    await supervisor.stop();
    release();
  };
  try {
    const base = await freePortBase();
    const ports = portsFrom(base, needsSandbox);
    await supervisor.start(natsPlan(data, ports));
    if (ports.sandbox !== null) await supervisor.start(sandboxPlan(data, base, ports.sandbox, vendorNames));
    const sandbox = ports.sandbox === null ? null : sandboxUrl(ports.sandbox);
    return {
      ready: { ...ended, ports, urls: { ...urls, nats: `nats://127.0.0.1:${ports.nats}`, sandbox } },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
