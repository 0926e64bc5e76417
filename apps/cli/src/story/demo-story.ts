import type { TimelineAnswer } from '@reveille/contracts/ask/router';
import type { DeviceVerdict } from '@reveille/contracts/delivery/events';
import { vendorNames } from '@reveille/contracts/push/vendor';
import { GatewayClient } from '../town/gateway-client.js';
import type { ReadyLine } from '../town/ready-line.js';
import { secretIn } from '../town/running-town.js';
import { SandboxClient } from '../town/sandbox-client.js';
import { DemoPhone, DemoSender } from './demo-people.js';
import { until } from './until.js';

/** One step of the story and whether it held. */
export interface DemoStep {
  readonly step: number;
  readonly atMs: number;
  readonly what: string;
  readonly held: boolean;
  readonly detail: string;
}

/**
 * The story of the product: two people, a phone of every vendor, a message to someone who is away, one to someone who is there, a
 * logout, and a phone on which push is switched off. Each step is told as it happens; a step that does not hold ends the story.
 */
export async function playStory(ready: ReadyLine, tell: (step: DemoStep) => void): Promise<DemoStep[]> {
  const story = new Story(ready, tell);
  try {
    await story.play();
  } catch (error) {
    story.fail(error);
  } finally {
    story.end();
  }
  return story.steps;
}

class Story {
  readonly steps: DemoStep[] = [];
  readonly #startedAt = performance.now();
  readonly #sandbox: SandboxClient;
  readonly #gateway: GatewayClient;
  #title = 'the story begins';
  #people: (DemoPhone | DemoSender)[] = [];
  /** Messages for which no vendor may be asked. */
  readonly #silent: string[] = [];

  constructor(
    private readonly ready: ReadyLine,
    private readonly tell: (step: DemoStep) => void,
  ) {
    this.#sandbox = new SandboxClient(ready.urls.sandbox ?? '');
    this.#gateway = new GatewayClient(ready.urls.gateway, secretIn(ready.app.serverKeyFile));
  }

  async play(): Promise<void> {
    const ana = new DemoSender('ana', this.ready);
    this.#people.push(ana);
    const phones = await this.#phonesOf('Bob');
    await this.#step(`Ana and Bob log in: Ana in her browser, Bob on ${namesOf(phones)}`, async () => {
      await ana.login();
      await Promise.all(phones.map((phone) => phone.login()));
      return '';
    });
    await this.#step('Every phone gets a token from its vendor and registers it', async () => {
      const ids = await Promise.all(phones.map((phone) => phone.registerPush()));
      return `PushIDs ${ids.join(', ')}`;
    });
    await this.#step('The system ends the app on every phone; Bob has not logged out', async () => {
      for (const phone of phones) phone.goAway();
      await until('Bob is away', async () => (await this.#sessionsOf('bob')) === 0);
      return '';
    });

    let first = '';
    await this.#step('Ana writes "Are you coming?" with a title, a content and a payload', async () => {
      first = await ana.send('bob', 'Are you coming?', {
        title: 'Ana',
        content: 'Are you coming? 👩‍👩‍👧',
        payload: '{"room":"42"}',
      });
      return `message ${first}`;
    });
    for (const phone of phones) {
      await this.#step(`${phone.name} wakes up and shows it on its lock screen`, async () => {
        const shown = await until(
          `${phone.name} shows it`,
          async () => (await phone.lockScreen()).at(-1) ?? null,
          10_000,
        );
        if (shown.title !== 'Ana' || shown.body !== 'Are you coming? 👩‍👩‍👧')
          throw new Error(`it shows "${shown.title}: ${shown.body}"`);
        return `"${shown.title}: ${shown.body}"`;
      });
    }
    const back = await this.#comeBack(phones);
    await this.#step('Bob opens the app on every phone and receives the message itself', async () => {
      for (const phone of back)
        await until(`${phone.name} has it`, () =>
          phone.received.some(({ messageID }) => messageID === first),
        );
      return `"${back[0]?.received[0]?.message}"`;
    });
    const silentSince = await this.#sandbox.ledgerTail();
    await this.#step('Ana writes again while he is there: acknowledged live, no push', async () => {
      this.#silent.push(await ana.send('bob', 'Good.', { title: 'Ana', content: 'Good.' }));
      const verdicts = await this.#verdicts(this.#silent.at(-1) ?? '');
      this.#expectAll(verdicts, 'acknowledged');
      return `${verdicts.length} devices acknowledged`;
    });
    await this.#step(
      'Bob logs out on every phone; Ana writes: nothing is sent, and the reason is recorded',
      async () => {
        for (const phone of back) await phone.logout();
        this.#silent.push(await ana.send('bob', 'Bob?', { title: 'Ana', content: 'Bob?' }));
        this.#expectAll(await this.#verdicts(this.#silent.at(-1) ?? ''), 'withheld(logged-out)');
        return 'withheld(logged-out)';
      },
    );
    await this.#step(
      `Bob logs in on ${namesOf(phones.slice(-1))}, switches push off there, and goes away: nothing is sent`,
      async () => {
        const [phone] = await this.#comeBack(phones.slice(-1));
        if (phone === undefined) throw new Error('the phone is gone');
        await phone.registerPush();
        await phone.unregisterPush();
        phone.goAway();
        await until('Bob is away', async () => (await this.#sessionsOf('bob')) === 0);
        this.#silent.push(await ana.send('bob', 'Hello?', { title: 'Ana', content: 'Hello?' }));
        const verdicts = await this.#verdicts(this.#silent.at(-1) ?? '');
        const mine = verdicts.filter(({ deviceId }) => deviceId === phone.deviceId);
        this.#expectAll(mine, 'withheld(unregistered)');
        return 'withheld(unregistered)';
      },
    );
    await this.#step('One more push arrives, and of the silent messages none came before it', async () => {
      await this.#pushAfterAll(ana);
      const asked = await this.#requestsFor('bob', silentSince);
      if (asked > 0) throw new Error(`${asked} pushes were sent for messages that needed none`);
      return `${this.#silent.length} messages, 0 requests at the vendors`;
    });
  }

  /**
   * A push to somebody else, of the same vendors, after all others: whatever was wrongly sent for an earlier message has
   * gone through the same lines by then.
   */
  async #pushAfterAll(ana: DemoSender): Promise<void> {
    const phones = await this.#phonesOf('Cleo');
    await Promise.all(
      phones.map(async (phone) => {
        await phone.login();
        await phone.registerPush();
        phone.goAway();
      }),
    );
    await until('Cleo is away', async () => (await this.#sessionsOf('cleo')) === 0);
    await ana.send('cleo', 'Last one.', { title: 'Ana', content: 'Last one.' });
    for (const phone of phones)
      await until(`${phone.name} shows it`, async () => (await phone.lockScreen()).length > 0, 10_000);
  }

  /** One of every vendor in the town. */
  async #phonesOf(owner: string): Promise<DemoPhone[]> {
    const vendors = vendorNames.filter((name) => this.ready.vendors.some((vendor) => vendor.name === name));
    const phones = await Promise.all(
      vendors.map((vendor) => DemoPhone.buy(owner, vendor, this.ready, this.#sandbox)),
    );
    this.#people.push(...phones);
    return phones;
  }

  /** The same phones with the app started anew. */
  async #comeBack(phones: readonly DemoPhone[]): Promise<DemoPhone[]> {
    const back: DemoPhone[] = [];
    for (const phone of phones) {
      const again = phone.restarted();
      this.#people.push(again);
      await again.login();
      back.push(again);
    }
    return back;
  }

  async #step(what: string, action: () => Promise<string>): Promise<void> {
    this.#title = what;
    const detail = await action();
    this.#add(what, true, detail);
  }
  fail(error: unknown): void {
    this.#add(this.#title, false, error instanceof Error ? error.message : String(error));
  }
  end(): void {
    for (const person of this.#people) person.goAway();
    this.#people = [];
  }
  #add(what: string, held: boolean, detail: string): void {
    const step = {
      step: this.steps.length + 1,
      atMs: Math.round(performance.now() - this.#startedAt),
      what,
      held,
      detail,
    };
    this.steps.push(step);
    this.tell(step);
  }

  async #sessionsOf(user: string): Promise<number> {
    const { devices } = await this.#gateway.call<{ devices: { sessions: unknown[] }[] }>(
      'GET',
      `/v1/users/${user}`,
    );
    return devices.reduce((sum, { sessions }) => sum + sessions.length, 0);
  }
  async #verdicts(messageId: string): Promise<DeviceVerdict[]> {
    const settled = await until('the verdict', async () => {
      const timeline = await this.#gateway
        .call<TimelineAnswer>('GET', `/v1/messages/${messageId}/timeline`)
        .catch(() => null);
      return timeline?.entries.find((entry) => entry.type === 'delivery-settled') ?? null;
    });
    return settled.type === 'delivery-settled'
      ? settled.data.recipients.flatMap(({ devices }) => devices)
      : [];
  }
  #expectAll(verdicts: readonly DeviceVerdict[], wanted: string): void {
    const names = verdicts.map(({ verdict }) =>
      verdict.kind === 'withheld' ? `withheld(${verdict.reason})` : verdict.kind,
    );
    if (names.length === 0 || names.some((name) => name !== wanted))
      throw new Error(`the verdict is ${names.join(', ') || 'none'}, not ${wanted}`);
  }
  /** How many pushes to somebody's phones the vendors were asked for since the ledger ended there. */
  async #requestsFor(user: string, since: number): Promise<number> {
    const phones = this.#people.filter((person) => person instanceof DemoPhone);
    const tokens = new Set(phones.filter((phone) => phone.user === user).map(({ token }) => token));
    let count = 0;
    for await (const { token } of this.#sandbox.ledger(since)) if (tokens.has(token)) count += 1;
    return count;
  }
}

/** `his iPhone, his Android phone and his Huawei phone`. */
function namesOf(phones: readonly DemoPhone[]): string {
  return new Intl.ListFormat('en').format(phones.map(({ name }) => name.replace("Bob's", 'his')));
}
