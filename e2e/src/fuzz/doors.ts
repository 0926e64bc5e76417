import type { NatsConnection } from '@nats-io/transport-node';
import type { ServiceName } from '@reveille/contracts/permissions';
import fc from 'fast-check';
import { connectAs } from '../harness/nats-identity.js';
import { type Scenario, until } from '../harness/scenario.js';
import type { Town } from '../harness/town.js';

/** Tries one door after the other and looks each time whether somebody else still gets their message. */
export class Doors {
  tried = 0;
  readonly #pids: ReadonlyMap<string, number>;
  readonly #connections = new Map<ServiceName, Promise<NatsConnection>>();

  private constructor(
    private readonly scenario: Scenario,
    private readonly town: Town,
    private readonly neighbourPhone: string,
    private readonly options: { readonly seed: number; readonly numRuns: number },
  ) {
    this.#pids = new Map(town.children().map(({ name, pid }) => [name, pid]));
  }

  static async open(
    scenario: Scenario,
    town: Town,
    options: { readonly seed: number; readonly numRuns: number },
  ): Promise<Doors> {
    const { phoneId } = await town.phoneOf('neighbour', 'apns');
    const doors = new Doors(scenario, town, phoneId, options);
    scenario.defer(() => doors.#close());
    return doors;
  }

  /** Under the key of one of the town's services, kept open until the end. */
  connection(identity: ServiceName): Promise<NatsConnection> {
    const known = this.#connections.get(identity) ?? connectAs(this.town, identity);
    this.#connections.set(identity, known);
    return known;
  }

  async try<T>(name: string, property: fc.IAsyncProperty<T>): Promise<void> {
    const { errorInstance, counterexamplePath, counterexample } = await fc.check(property, {
      ...this.options,
      endOnFailure: true,
    });
    this.scenario.check(
      `${name}: a clear answer to everything`,
      counterexample === null,
      `${String(errorInstance).slice(0, 600)} (path ${counterexamplePath}): ${JSON.stringify(counterexample)?.slice(0, 2_000)}`,
    );
    this.tried += 1;
    const { messageId } = await this.town.send({ sender: 'ana', recipients: ['neighbour'] });
    await until(
      `${name}: a neighbour's message is shown`,
      async () =>
        (await this.town.sandbox.lockScreen(this.neighbourPhone)).some(
          ({ collapse }) => collapse === messageId,
        ),
      { withinMs: 30_000 },
    );
    this.scenario.check(`${name}: a neighbour's message arrives`, true);
    const died = this.town.children().filter(({ name: child, pid }) => this.#pids.get(child) !== pid);
    this.scenario.equal(
      `${name}: processes that died`,
      died.map(({ name: child }) => child),
      [],
    );
  }

  async #close(): Promise<void> {
    for (const connection of this.#connections.values()) await (await connection).close();
  }
}
