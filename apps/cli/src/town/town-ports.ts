import type { ReadyLine } from './ready-line.js';

export const defaultPortBase = 7400;

/** Every port of a town, from one base; those of the sandbox are null without it. */
export function portsFrom(base: number, hasSandbox: boolean): ReadyLine['ports'] {
  const ofSandbox = (offset: number): number | null => (hasSandbox ? base + offset : null);
  return {
    gateway: base,
    presence: base + 1,
    router: base + 2,
    vendorWorkers: base + 3,
    sandbox: ofSandbox(10),
    apns: ofSandbox(11),
    apnsDevelopment: ofSandbox(12),
    fcm: ofSandbox(13),
    nats: base + 20,
    natsMonitor: base + 21,
    postgres: base + 22,
  };
}
