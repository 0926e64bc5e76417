import type { ControlClient } from '../testing/control-client.js';
import type { SandboxFixture } from '../testing/sandbox-fixture.js';

export interface TestPhone {
  readonly phoneId: string;
  readonly token: string;
}

/** What a phone shows, and what its apps were handed. */
export interface Screen {
  readonly notifications: readonly {
    readonly title: string | null;
    readonly body: string | null;
    readonly shownCount: number;
  }[];
  readonly data: readonly { readonly id: string; readonly data: unknown }[];
  readonly calls: readonly unknown[];
  readonly badge: number | null;
  readonly stored: number;
}

/** One request with receipts, as the sandbox posted it. */
export interface PostedReceipts {
  readonly items: readonly { readonly token: string; readonly status: string }[];
  readonly body: string;
}

/** A guard against hanging: a row that says of something that it does not come knows it by another sign. */
const longestWaitMs = 30_000;

/** What every vendor's bench does over the sandbox's control door: phones, what becomes of them, and what goes wrong. */
export abstract class VendorBench {
  protected constructor(
    readonly fixture: SandboxFixture,
    readonly now: () => number,
    private readonly vendor: string,
  ) {}

  get control(): ControlClient {
    return this.fixture.control;
  }

  /** Of the vendor's own door. */
  get port(): number {
    return this.fixture.portOf(this.vendor);
  }

  /** A phone of the vendor, unless the fields say otherwise, with a token. */
  protected async addPhone(fields: object): Promise<TestPhone> {
    const body = { vendor: this.vendor, ...fields };
    return this.newToken(await this.control.post<{ phoneId: string }>('/phones', body));
  }

  async newToken({ phoneId }: Pick<TestPhone, 'phoneId'>): Promise<TestPhone> {
    const { token } = await this.control.post<{ token: string }>(`/phones/${phoneId}/token`);
    return { phoneId, token };
  }

  /** Takes the app off the phone. */
  uninstall({ phoneId }: TestPhone): Promise<unknown> {
    return this.control.delete(`/phones/${phoneId}/app`);
  }

  screen({ phoneId }: TestPhone): Promise<Screen> {
    return this.control.get<Screen>(`/phones/${phoneId}/lock-screen`);
  }

  /** Bodies on the lock screen, in order. */
  async shown(phone: TestPhone): Promise<string> {
    const { notifications } = await this.screen(phone);
    return notifications.length === 0 ? 'nothing' : notifications.map(({ body }) => body).join(', ');
  }

  network({ phoneId }: TestPhone, online: boolean): Promise<unknown> {
    return this.control.put(`/phones/${phoneId}/network`, { online });
  }

  switches(changes: object): Promise<unknown> {
    return this.control.put('/switches', { [this.vendor]: changes });
  }

  /** Puts the vendors' clock so far ahead. */
  turnClock(offsetMs: number): Promise<unknown> {
    return this.control.put('/clock', { offsetMs });
  }

  fault(plan: object): Promise<unknown> {
    return this.control.put('/faults', { vendor: this.vendor, count: 1, ...plan });
  }

  /** What was posted about a token, as soon as it is enough, or after a long while. */
  async posted(
    token: string,
    isEnough: (receipts: readonly PostedReceipts[]) => boolean,
  ): Promise<readonly PostedReceipts[]> {
    const until = performance.now() + longestWaitMs;
    for (;;) {
      const { receipts } = await this.control.get<{ receipts: readonly PostedReceipts[] }>(
        `/receipts?token=${encodeURIComponent(token)}`,
      );
      if (isEnough(receipts) || performance.now() > until) return receipts;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The vendor's words in the receipts about a phone, in order, as soon as there are so many. */
  async told({ token }: TestPhone, count: number): Promise<string[]> {
    const words = (receipts: readonly PostedReceipts[]): string[] =>
      receipts
        .flatMap(({ items }) => items.filter((item) => item.token === token))
        .map(({ status }) => status);
    return words(await this.posted(token, (receipts) => words(receipts).length >= count));
  }
}
