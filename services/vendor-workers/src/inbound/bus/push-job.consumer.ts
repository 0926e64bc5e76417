import { consumerFault } from '@reveille/bus/check-provisioned';
import type { Bus } from '@reveille/bus/connect';
import { type ConsumerHandle, type Delivery, runConsumer } from '@reveille/bus/consume';
import { ContractError } from '@reveille/contracts/errors';
import type { AppId } from '@reveille/contracts/ids';
import { pushJobSchema } from '@reveille/contracts/push/job';
import { isPlainPushJob } from '@reveille/contracts/push/plain-job';
import { type Lane, lanes } from '@reveille/contracts/push/lane';
import type { VendorName } from '@reveille/contracts/push/vendor';
import { withdrawalJobSchema } from '@reveille/contracts/push/withdrawal';
import { pushConsumer } from '@reveille/contracts/streams';
import type { GateControl, JobDelivery, JobDisposition, WithdrawalDelivery } from '../../ports.js';

export interface PushJobConsumersOptions {
  readonly handle: (delivery: JobDelivery) => Promise<JobDisposition>;
  readonly withdraw: (delivery: WithdrawalDelivery) => Promise<JobDisposition>;
  readonly gateOf: (app: AppId, vendor: VendorName) => GateControl;
  /** The most jobs at hand per lane. */
  readonly maxInFlight: number;
  /** Why a consumer that should be served cannot be, in one sentence; null when it can. */
  readonly unfit: (consumer: string, fault: string | null) => void;
}

interface Place {
  readonly app: AppId;
  readonly vendor: VendorName;
  readonly lane: Lane;
}
interface Loop {
  readonly handle: ConsumerHandle;
  readonly detach: () => void;
}

const workingEveryMs = 5_000;
const lookAgainMs = 5_000;

/**
 * One loop per app, vendor and lane, from when the app appears until the process stops. A job's loop stays when its app or
 * vendor goes: the handler closes what still waits. Jobs that take long are reported as being worked on.
 */
export class PushJobConsumers {
  readonly #loops = new Map<string, Loop>();
  readonly #wanted = new Map<string, Place>();
  /** Of apps and vendors that are gone: served if they are still there. */
  readonly #leftOver = new Map<string, Place>();
  #again: NodeJS.Timeout | null = null;
  #isStopped = false;
  readonly #atHand = new Map<Delivery, number>();
  readonly #ticker: NodeJS.Timeout;

  constructor(
    private readonly bus: Bus,
    private readonly options: PushJobConsumersOptions,
  ) {
    this.#ticker = setInterval(() => this.#reportWorking(), workingEveryMs);
  }

  /** Starts the loops that are not there yet; one whose consumer is still to be made, or made right, begins when it is. */
  serve(app: AppId, vendor: VendorName): void {
    const names = lanes.map((lane) => pushConsumer(vendor, lane, app).name);
    for (const [index, lane] of lanes.entries()) this.#wanted.set(names[index] ?? '', { app, vendor, lane });
    for (const name of names) this.#leftOver.delete(name);
    void this.#look(names);
  }

  /** For an app or vendor that is gone: what still waits in its consumers is to be closed. */
  serveWhatIsThere(app: AppId, vendor: VendorName): void {
    const names = lanes.map((lane) => pushConsumer(vendor, lane, app).name);
    for (const [index, name] of names.entries()) {
      this.#wanted.delete(name);
      this.options.unfit(name, null);
      this.#leftOver.set(name, { app, vendor, lane: lanes[index] as Lane });
    }
    void this.#look(names);
  }

  /** Opens the loops whose consumers are as they must be; looks again later for the others. */
  async #look(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.#lookAt(name)));
    if (this.#again !== null) clearTimeout(this.#again);
    this.#again =
      this.#wanted.size + this.#leftOver.size > 0 && !this.#isStopped
        ? setTimeout(() => void this.#look([...this.#wanted.keys(), ...this.#leftOver.keys()]), lookAgainMs)
        : null;
  }

  async #lookAt(name: string): Promise<void> {
    const place = this.#wanted.get(name);
    if (place === undefined) return this.#lookAtLeftOver(name);
    const fault = await this.#faultOf(place);
    if (this.#wanted.get(name) !== place) return;
    this.options.unfit(name, fault);
    if (fault !== null) return;
    this.#wanted.delete(name);
    this.#open(place);
  }

  /** One that is not there has nothing to close; one that could not be looked at may have. */
  async #lookAtLeftOver(name: string): Promise<void> {
    const place = this.#leftOver.get(name);
    if (place === undefined) return;
    const { vendor, lane, app } = place;
    const fault = await consumerFault(this.bus, pushConsumer(vendor, lane, app)).catch((error: unknown) => {
      this.bus.logger.debug('a consumer cannot be looked at', { consumer: name, error });
      return undefined;
    });
    if (fault === undefined || this.#leftOver.get(name) !== place) return;
    this.#leftOver.delete(name);
    if (fault === null) this.#open(place);
  }

  async #faultOf({ vendor, lane, app }: Place): Promise<string | null> {
    const definition = pushConsumer(vendor, lane, app);
    try {
      return await consumerFault(this.bus, definition);
    } catch (error) {
      const { stream, name } = definition;
      this.bus.logger.debug('a consumer cannot be looked at', { consumer: name, error });
      return `the consumer ${stream}/${name} cannot be looked at now`;
    }
  }

  #open({ app, vendor, lane }: Place): void {
    const { stream, name, ackWaitMs } = pushConsumer(vendor, lane, app);
    if (this.#isStopped || this.#loops.has(name)) return;
    const handle = runConsumer(this.bus, {
      stream,
      consumer: name,
      maxInFlight: this.options.maxInFlight,
      ackWaitMs,
      handle: (delivery) => this.#handle(delivery),
    });
    this.#loops.set(name, { handle, detach: this.options.gateOf(app, vendor).attach(handle, lane) });
  }

  inFlight(): number {
    return this.#atHand.size;
  }

  /** Loops whose handler misses presence, router or the log. */
  waiting(): readonly string[] {
    return [...this.#loops].filter(([, { handle }]) => handle.isWaiting()).map(([name]) => name);
  }

  /** Takes no more and resolves when what is at hand is finished or handed back. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#again !== null) clearTimeout(this.#again);
    for (const { detach } of this.#loops.values()) detach();
    await Promise.all([...this.#loops.values()].map(({ handle }) => handle.stop()));
    clearInterval(this.#ticker);
  }

  async #handle(delivery: Delivery): Promise<JobDisposition> {
    const { envelope, deliveryCount, storedAt, isRepeat } = delivery;
    this.#atHand.set(delivery, performance.now());
    try {
      const { app, id: envelopeId, traceparent, type, data } = envelope;
      const around = { app, envelopeId, traceparent, deliveryCount, storedAt, isRepeat };
      if (type === 'withdrawal-job')
        return await this.options.withdraw({ ...around, job: readJob(withdrawalJobSchema, data) });
      return await this.options.handle({
        ...around,
        job: isPlainPushJob(data) ? data : readJob(pushJobSchema, data),
      });
    } finally {
      this.#atHand.delete(delivery);
    }
  }

  #reportWorking(): void {
    const youngest = performance.now() - workingEveryMs;
    for (const [delivery, since] of this.#atHand) if (since <= youngest) delivery.working();
  }
}

interface JobSchema<Job> {
  safeParse(
    data: unknown,
  ):
    | { readonly success: true; readonly data: Job }
    | { readonly success: false; readonly error: { readonly issues: readonly JobIssue[] } };
}
interface JobIssue {
  readonly path: readonly PropertyKey[];
}

function readJob<Job>(schema: JobSchema<Job>, data: unknown): Job {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  // Which field is wrong, never what stands in it: jobs hold sealed tokens.
  const where = parsed.error.issues.map(({ path }) => path.join('.')).slice(0, 5);
  throw new ContractError(`a job is not what the contracts say: ${where.join(', ')}`);
}
