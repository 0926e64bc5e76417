import type { ReadyLine } from './ready-line.js';

export const defaultPortBase = 7400;

const sandboxOffset = 10;
/** Where simulated vendors may listen: beside the sandbox's control door, and after the town's other servers. */
const vendorOffsets = [11, 12, 13, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39];

/** The most worker processes of a town: their ports lie between the services' and the sandbox's. */
export const mostWorkers = 6;
/** @param instance from 1 */
export const workerPort = (first: number, instance: number): number => first + instance - 1;

/** Every port of a town, from one base; that of the sandbox is null without it. */
export function portsFrom(base: number, hasSandbox: boolean): ReadyLine['ports'] {
  return {
    gateway: base,
    presence: base + 1,
    router: base + 2,
    vendorWorkers: base + 3,
    sandbox: hasSandbox ? base + sandboxOffset : null,
    nats: base + 20,
    natsMonitor: base + 21,
    postgres: base + 22,
  };
}

/** The ports that must be free for a town on this base, with whose they are. */
export function portsToCheck(
  base: number,
  hasSandbox: boolean,
  workers: number,
): Readonly<Record<string, number | null>> {
  const vendors = hasSandbox ? vendorOffsets : [];
  const ports = portsFrom(base, hasSandbox);
  const further = Array.from({ length: workers - 1 }, (_, index) => index + 2);
  return {
    ...ports,
    ...Object.fromEntries(
      further.map((instance) => [`vendor-workers ${instance}`, workerPort(ports.vendorWorkers, instance)]),
    ),
    ...Object.fromEntries(vendors.map((offset) => [`simulated vendor ${offset}`, base + offset])),
  };
}
