import type { VendorName } from '@reveille/contracts/push/vendor';
import { inParallel } from '../harness/scenario.js';
import type { Town } from '../harness/town.js';

export interface Person {
  readonly user: string;
  readonly phoneId: string;
  readonly token: string;
}

/** What was sent to people, and what their phones must show of it in the end. */
export class Crowd {
  /** By message id. */
  readonly sent = new Map<string, { readonly at: number; readonly people: readonly Person[] }>();

  private constructor(
    private readonly town: Town,
    readonly app: string,
    readonly people: readonly Person[],
  ) {}

  /** `count` people of an app, each with one phone of the vendor. */
  static async gather(town: Town, app: string, vendor: VendorName, count: number): Promise<Crowd> {
    const phones = await town.sandbox.addPhones(vendor, count, app);
    const people = await inParallel(phones, 8, async ({ phoneId, token }, index) => {
      const user = `${app}-${vendor}-${index}`;
      await town.http('PUT', `/v1/devices/${user}-phone/push`, {
        bearer: town.serverKeyOf(app),
        body: { user, vendor, token },
      });
      return { user, phoneId, token };
    });
    return new Crowd(town, app, people);
  }

  /** One message to some of them, beginning with the one at `from`. */
  async send(from: number, count: number, resourcesID = ''): Promise<string> {
    const people = Array.from(
      { length: count },
      (_, index) => this.people[(from + index) % this.people.length],
    );
    const named = people.flatMap((person) => (person === undefined ? [] : [person]));
    const at = Date.now();
    const text = `${resourcesID} ${this.sent.size}`;
    const { messageId } = await this.town.http<{ messageId: string }>('POST', '/v1/messages', {
      bearer: this.town.serverKeyOf(this.app),
      body: {
        sender: 'ana',
        recipients: named.map(({ user }) => user),
        content: { type: 'text', text },
        pushConfig: { title: 'Ana', content: text, resourcesID },
      },
    });
    this.sent.set(messageId, { at, people: named });
    return messageId;
  }

  get pushes(): number {
    return [...this.sent.values()].reduce((sum, { people }) => sum + people.length, 0);
  }

  /** How many of their phones do not show each message once. */
  async wrong(): Promise<number> {
    const wanted = new Map<string, number>();
    for (const { people } of this.sent.values())
      for (const { phoneId } of people) wanted.set(phoneId, (wanted.get(phoneId) ?? 0) + 1);
    const shown = await inParallel([...wanted], 8, async ([phoneId, count]) => {
      const screen = await this.town.sandbox.lockScreen(phoneId);
      return screen.length === count;
    });
    return shown.filter((isRight) => !isRight).length;
  }
}
