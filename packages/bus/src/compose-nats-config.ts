import { type ServiceName, serviceNames } from '@reveille/contracts/permissions';
import { generateNatsConfig } from './nats-config.js';

/** The variable of nats-server's environment that holds an identity's public key. */
export function keyVariableOf(identity: ServiceName): string {
  return `REVEILLE_NKEY_${identity.toUpperCase().replaceAll('-', '_')}`;
}

/** `infra/nats/nats.conf`: one server in a container, the keys from its environment, no platform accounts. */
export function composeNatsConfig(): string {
  return generateNatsConfig({
    keys: Object.fromEntries(serviceNames.map((name) => [name, `$${keyVariableOf(name)}`])) as Record<
      ServiceName,
      string
    >,
    apps: [],
    host: '0.0.0.0',
    port: 4222,
    monitorPort: 8222,
    storeDir: '/data',
  });
}
