import { seededRandom } from '../harness/scenario.js';
import type { Town } from '../harness/town.js';
import type { Person } from './people.js';

/** Messages to seeded people at a steady rate, until it is told to stop; a refused or failed one is sent again under its id. */
export class SteadyFlow {
  readonly sent = new Map<string, Person>();
  #started = 0;
  #isOver = false;
  readonly #open = new Set<Promise<void>>();
  readonly #random: () => number;

  constructor(
    private readonly town: Town,
    private readonly people: readonly Person[],
    private readonly perSecond: number,
    seed: number,
  ) {
    this.#random = seededRandom(seed);
  }

  /** Resolves when it was told to stop and every sender was answered. */
  async run(): Promise<void> {
    const startedAt = performance.now();
    while (!this.#isOver) {
      const due = ((performance.now() - startedAt) / 1_000) * this.perSecond;
      while (this.#started < due) {
        this.#started += 1;
        const sending = this.#send(this.#started).finally(() => this.#open.delete(sending));
        this.#open.add(sending);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await Promise.all(this.#open);
  }

  stop(): void {
    this.#isOver = true;
  }

  async #send(index: number): Promise<void> {
    const person = this.people[Math.floor(this.#random() * this.people.length)] as Person;
    const text = `${person.app} ${index}`;
    const { messageId } = await this.town.http<{ messageId: string }>('POST', '/v1/messages', {
      bearer: this.town.serverKeyOf(person.app),
      body: {
        sender: 'ana',
        recipients: [person.user],
        content: { type: 'text', text },
        pushConfig: { title: 'Ana', content: text },
        clientMessageId: text,
      },
    });
    this.sent.set(messageId, person);
  }
}
