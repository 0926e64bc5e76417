import type { ServerIdentity } from './authority.js';
import type { Journal } from './journal.js';
import type { OpenVendor, SandboxVendor, VendorDoor } from './sandbox-vendor.js';
import type { VendorDesk } from './vendors/vendor-desk.js';

/** The ports that listen, by name: `control` and those of the vendors. */
export type SandboxPorts = Readonly<Record<string, number>>;

/** The open vendors and their doors. */
export class VendorSet {
  readonly #open = new Map<string, OpenVendor>();
  #host = '';
  readonly #ports = new Map<string, number>();

  constructor(readonly vendors: readonly SandboxVendor[]) {}

  /** By name; empty until `openAll`. */
  get byName(): ReadonlyMap<string, OpenVendor> {
    return this.#open;
  }

  openAll(desk: VendorDesk, identity: ServerIdentity, journal: Journal): void {
    for (const vendor of this.vendors) {
      const open = vendor.open({
        desk,
        identity,
        keep: (line) => journal.write(line),
        urlOf: (port, host) => `https://${host ?? this.#host}:${this.#portOf(port)}`,
      });
      this.#open.set(vendor.name, open);
    }
  }

  /** `publicHost` is how others reach us. A port that is not named is any free one. */
  async listen(host: string, publicHost: string, wanted: SandboxPorts): Promise<SandboxPorts> {
    this.#host = publicHost;
    for (const door of this.#doors())
      this.#ports.set(door.port, await door.listen(host, wanted[door.port] ?? 0));
    return Object.fromEntries(this.#ports);
  }

  async close(): Promise<void> {
    await Promise.all(this.#doors().map((door) => door.close()));
  }

  statistics(): Readonly<Record<string, object>> {
    return Object.fromEntries(this.#doors().map((door) => [door.port, door.statistics()]));
  }

  switches(): Readonly<Record<string, object>> {
    return Object.fromEntries([...this.#open].map(([name, { switches }]) => [name, switches]));
  }

  /** What there is, for whoever shows it. */
  /** One may push as often as one likes from here on, everywhere. */
  liftFrequencyLimits(): void {
    for (const { name, frequencyLimits } of this.vendors)
      Object.assign(
        this.#open.get(name)?.switches ?? {},
        Object.fromEntries(frequencyLimits.map((limit) => [limit, 0])),
      );
  }

  describe(): readonly object[] {
    return this.vendors.map(({ name, phoneName, ports, credentialRefusal }) => ({
      name,
      phoneName,
      credentialRefusal,
      tokenKinds: this.#open.get(name)?.phones.tokenKinds ?? [],
      ports: Object.fromEntries(ports.map((port) => [port, this.#portOf(port)])),
    }));
  }

  #doors(): VendorDoor[] {
    return [...this.#open.values()].flatMap(({ doors }) => doors);
  }

  #portOf(name: string): number {
    const port = this.#ports.get(name);
    if (port === undefined) throw new Error(`no port ${name} listens`);
    return port;
  }
}
