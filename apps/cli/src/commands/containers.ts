import type { Command } from 'commander';
import { makeContainerKeys, prepareContainers } from '../town/prepare-containers.js';

/** `reveille containers keys|prepare`: the two steps that docker-compose.yml runs before the services. */
export function addContainers(program: Command): void {
  const containers = program
    .command('containers')
    .description('The steps that docker-compose.yml takes before the services run.');
  containers
    .command('keys')
    .description('Make demo keys, unless they are there.')
    .requiredOption('--data <dir>', 'what the services share')
    .requiredOption('--nats <dir>', 'where nats-server finds the public keys')
    .requiredOption('--postgres <dir>', 'where Postgres finds the password of its superuser')
    .option('--apps <ids...>', 'the demo apps', ['demo'])
    .option('--database <host:port>', 'Postgres', 'postgres:5432')
    .action((options: KeysOptions) =>
      makeContainerKeys({ ...options, natsFolder: options.nats, postgresFolder: options.postgres }),
    );
  containers
    .command('prepare')
    .description(
      'Make apps.yaml, database roles, streams, consumers and vendor accounts match, once the servers run.',
    )
    .requiredOption('--data <dir>', 'what the services share')
    .option('--nats <url>', 'the NATS server', 'nats://nats:4222')
    .option('--database <host:port>', 'Postgres', 'postgres:5432')
    .option('--sandbox <url>', 'the control port of the simulated vendors', 'http://sandbox:7410')
    .option('--workers <url>', 'the vendor workers, for receipts', 'http://vendor-workers:7403')
    .option('--apps <ids...>', 'the demo apps', ['demo'])
    .action(async ({ data, nats, database, sandbox, workers, apps }: PrepareOptions) => {
      const changes = await prepareContainers({
        data,
        natsUrl: nats,
        database,
        sandboxUrl: sandbox,
        workersUrl: workers,
        apps,
      });
      console.log(changes.length === 0 ? 'nothing differs' : changes.join('\n'));
    });
}

interface KeysOptions {
  readonly data: string;
  readonly nats: string;
  readonly postgres: string;
  readonly apps: string[];
  readonly database: string;
}

interface PrepareOptions {
  readonly data: string;
  readonly nats: string;
  readonly database: string;
  readonly sandbox: string;
  readonly workers: string;
  readonly apps: string[];
}
