import { sandboxVendors } from '../../vendors/registry.js';

/** A vendor's door under an address of its own, on port 443, in the private namespace. */
export interface FixedHosts {
  readonly port: string;
  readonly address: string;
  readonly hosts: readonly string[];
}

const doors = sandboxVendors.flatMap(({ ports, hosts }) =>
  ports.map((port, index) => ({
    port,
    // A vendor with several doors has a host for each, in their order.
    hosts: hosts.filter((_host, at) => Math.min(at, ports.length - 1) === index),
  })),
);

/** Where the hosts lead that are built into clients. */
export const fixedHosts: readonly FixedHosts[] = doors.map((door, index) => ({
  ...door,
  address: `127.0.0.${index + 2}`,
}));
