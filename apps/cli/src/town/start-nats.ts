import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateNatsConfig } from '@reveille/bus/nats-config';
import { toolSetting } from '@reveille/chassis/env';
import { type AppPlan, appsOfTown } from './apps-file.js';
import { inherited, isOk } from './child-surroundings.js';
import type { ReadyLine } from './ready-line.js';
import type { ChildPlan } from './supervisor.js';
import type { TownStep } from './town-step.js';

/** Writes the configuration and starts nats-server; resolves when it answers. */
export async function startNats(
  { data, ports, supervisor, town, onStep }: TownStep,
  plans: readonly AppPlan[],
): Promise<void> {
  const apps = appsOfTown(data, plans).map(({ app, platformNkey, live }) => ({
    app,
    platformKey: platformNkey,
    answersLive: live === 'platform',
  }));
  const config = natsConfigFile(data);
  writeFileSync(
    config,
    generateNatsConfig({
      keys: town.identities,
      apps,
      port: ports.nats,
      monitorPort: ports.natsMonitor,
      storeDir: join(data, 'nats'),
    }),
  );
  await supervisor.start(natsPlan(data, ports));
  onStep(`nats-server: ready on ${ports.nats}`);
}

const natsConfigFile = (data: string): string => join(data, 'nats.conf');

/** How nats-server is run on a data folder that has its configuration. */
export function natsPlan(data: string, ports: ReadyLine['ports']): ChildPlan {
  return {
    name: 'nats',
    file: toolSetting('REVEILLE_NATS_SERVER') ?? 'nats-server',
    args: ['-c', natsConfigFile(data), '-p', String(ports.nats), '-m', String(ports.natsMonitor)],
    env: inherited(),
    port: ports.nats,
    noticesParent: false,
    stopSignal: 'SIGTERM',
    isReady: () => isOk(`http://127.0.0.1:${ports.natsMonitor}/healthz`),
  };
}
