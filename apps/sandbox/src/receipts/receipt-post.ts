import type { SandboxClock } from '../sandbox-clock.js';
import type { ReceiptFaultKind, ReceiptFaults } from './receipt-faults.js';

/** One thing that a vendor tells a provider about a push. */
export interface ReceiptOrder {
  readonly vendor: string;
  readonly url: string;
  readonly token: string;
  readonly phoneId: string | null;
  /** The vendor's word for what happened: what stands in the list of posted receipts and in the scope of faults. */
  readonly status: string;
  /** Receipts of different groups never share a request; left out: all do. */
  readonly group?: string;
  /** What the vendor writes, as `encode` takes it. */
  readonly item: unknown;
  /** The same of a message that nobody sent: for the fault `unknown`. */
  stranger(): unknown;
}

/** How a vendor posts its receipts. */
export interface ReceiptForm {
  /** The request for one or more items for one URL. */
  encode(items: readonly unknown[]): {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  /** So many items go into one request at most; 1 = each on its own. */
  readonly mostItems: number;
  /** How long items for one URL are gathered. */
  readonly gatherMs: number;
  /** How long it waits before each further try when the provider does not answer with success; empty = it tries once. */
  readonly retryAfterMs: readonly number[];
}

/** A request with receipts as it was made. */
export interface PostedReceipt {
  readonly sequence: number;
  /** The machine's clock, epoch milliseconds. */
  readonly postedAt: number;
  readonly vendor: string;
  readonly url: string;
  readonly items: readonly {
    readonly token: string;
    readonly phoneId: string | null;
    readonly status: string;
  }[];
  readonly body: string;
  /** The provider's answer; null when there was none. */
  readonly answer: number | null;
  readonly fault: ReceiptFaultKind | null;
}

interface Gathered {
  readonly form: ReceiptForm;
  orders: ReceiptOrder[];
}

const longestAnswerMs = 10_000;
const postsKept = 100_000;

/** Posts receipts to providers as a vendor does, and keeps a list of what was posted. */
export class ReceiptPost {
  #posted: PostedReceipt[] = [];
  #lastSequence = 0;
  readonly #gathered = new Map<string, Gathered>();
  readonly #onTheWay = new Set<Promise<void>>();
  readonly #stopped = new AbortController();

  constructor(
    private readonly clock: SandboxClock,
    readonly faults: ReceiptFaults,
    private readonly after: (ms: number, then: () => void) => void,
  ) {}

  /** Takes a receipt on its way: at once, or with others for the same URL, as the form has it and faults change it. */
  post(order: ReceiptOrder, form: ReceiptForm): void {
    const fault = this.faults.match(order.vendor, order.token, order.status);
    switch (fault?.kind) {
      case 'lost':
        return this.#write([order], '', null, 'lost');
      case 'late':
        return this.after(fault.ms, () => this.#send([order], form, 'late'));
      case 'duplicate':
        this.#send([order], form, null);
        return this.#send([order], form, 'duplicate');
      case 'unknown':
        return this.#send([{ ...order, item: order.stranger() }], form, 'unknown');
      default:
        return this.#gather(order, form);
    }
  }

  list(since: number, limit: number, token: string | null): PostedReceipt[] {
    return this.#posted
      .filter(
        ({ sequence, items }) =>
          sequence > since && (token === null || items.some((item) => item.token === token)),
      )
      .slice(0, limit);
  }

  clear(): void {
    this.#posted = [];
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#onTheWay);
  }

  #gather(order: ReceiptOrder, form: ReceiptForm): void {
    if (form.mostItems === 1) return this.#send([order], form, null);
    const key = `${order.vendor} ${order.url} ${order.group ?? ''}`;
    const gathered = this.#gathered.get(key) ?? { form, orders: [] };
    if (gathered.orders.length === 0) {
      this.#gathered.set(key, gathered);
      this.after(form.gatherMs, () => this.#flush(key, gathered));
    }
    gathered.orders.push(order);
    if (gathered.orders.length >= form.mostItems) this.#flush(key, gathered);
  }

  #flush(key: string, gathered: Gathered): void {
    if (this.#gathered.get(key) === gathered) this.#gathered.delete(key);
    const { orders, form } = gathered;
    gathered.orders = [];
    if (orders.length > 0) this.#send(orders, form, null);
  }

  #send(orders: readonly ReceiptOrder[], form: ReceiptForm, fault: ReceiptFaultKind | null): void {
    if (this.#stopped.signal.aborted) return;
    const { headers, body } = form.encode(orders.map(({ item }) => item));
    const sent = this.#try(orders, { headers, body }, fault, form.retryAfterMs).finally(() =>
      this.#onTheWay.delete(sent),
    );
    this.#onTheWay.add(sent);
  }

  async #try(
    orders: readonly ReceiptOrder[],
    request: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
    fault: ReceiptFaultKind | null,
    waits: readonly number[],
  ): Promise<void> {
    const answer = await this.#request(orders[0]?.url ?? '', request);
    this.#write(orders, request.body, answer, fault);
    const [wait, ...later] = waits;
    const isTaken = answer !== null && answer >= 200 && answer < 300;
    if (isTaken || wait === undefined || this.#stopped.signal.aborted) return;
    this.after(wait, () => {
      const again = this.#try(orders, request, fault, later).finally(() => this.#onTheWay.delete(again));
      this.#onTheWay.add(again);
    });
  }

  /** A provider that cannot be reached is nothing that breaks a vendor: it stands in the list without an answer. */
  async #request(
    url: string,
    { headers, body }: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
  ): Promise<number | null> {
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(longestAnswerMs)]);
    try {
      const response = await fetch(url, { method: 'POST', headers, body, signal });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return null;
    }
  }

  #write(
    orders: readonly ReceiptOrder[],
    body: string,
    answer: number | null,
    fault: ReceiptFaultKind | null,
  ): void {
    const [first] = orders;
    if (first === undefined) return;
    this.#posted.push({
      sequence: ++this.#lastSequence,
      postedAt: this.clock.machineNow(),
      vendor: first.vendor,
      url: first.url,
      items: orders.map(({ token, phoneId, status }) => ({ token, phoneId, status })),
      body,
      answer,
      fault,
    });
    if (this.#posted.length > postsKept) this.#posted.splice(0, this.#posted.length - postsKept);
  }
}
