import type { Bus } from '@reveille/bus/connect';
import { decodeFact, type StoredMessage } from '@reveille/bus/codec';
import { type Responder, respond } from '@reveille/bus/respond';
import type { Clock } from '@reveille/chassis/clock';
import type { IdSource } from '@reveille/chassis/id-source';
import type { AppDocument, AppRemoved, AppSettings } from '@reveille/contracts/app/events';
import type { AppId } from '@reveille/contracts/ids';
import { dedupId } from '@reveille/contracts/message-id';
import { readData } from '@reveille/contracts/read-data';
import { parseSubject, subjectPatterns, subjects } from '@reveille/contracts/subjects';
import type { AppFact, Apps, KnownApp, Outbox } from '../ports.js';

type Known = KnownApp & { readonly position: number };

/** A fact is heard before it can be read back: so often, and so long apart, it is looked for. */
const looks = 20;
const lookAgainMs = 50;

/**
 * The apps in memory: read from APPS at start and after every reconnect, and again whenever somebody says something about
 * an app. What cannot be read is logged and changes nothing.
 */
export class AppDirectory implements Apps {
  readonly #apps = new Map<AppId, Known>();
  #seen = 0;
  #reading: Promise<void> = Promise.resolve();
  #responder: Responder | null = null;
  #unlisten: (() => void) | null = null;

  constructor(private readonly bus: Bus) {}

  async start(): Promise<void> {
    this.#unlisten = this.bus.listen({ connected: () => this.#follow() });
    this.#responder = respond(this.bus, subjectPatterns.apps, { queue: null }, () => this.#follow());
    await this.refresh();
  }

  async stop(): Promise<void> {
    this.#unlisten?.();
    await this.#responder?.stop();
  }

  settingsOf(app: AppId): AppSettings | null {
    return this.#apps.get(app)?.settings ?? null;
  }

  newestOf(app: AppId): KnownApp | null {
    return this.#apps.get(app) ?? null;
  }

  async history(app: AppId): Promise<readonly AppDocument[]> {
    const untilSequence = await this.bus.streamTail('APPS');
    const documents: AppDocument[] = [];
    for await (const stored of this.bus.scan('APPS', {
      subjects: [subjects.app(app, 'configured')],
      untilSequence,
    })) {
      const { version, data } = decodeFact(stored);
      documents.push(readData('app-configured', version, data) as AppSettings);
    }
    return documents;
  }

  positionOf(app: AppId): number {
    return this.#apps.get(app)?.position ?? 0;
  }

  all(): readonly AppSettings[] {
    return [...this.#apps.values()].flatMap(({ settings }) => (settings === null ? [] : [settings]));
  }

  /** One read at a time: whoever comes meanwhile gets what the next one finds. */
  refresh(): Promise<void> {
    const read = this.#reading.then(
      () => this.#read(),
      () => this.#read(),
    );
    this.#reading = read.catch(() => undefined);
    return read;
  }

  #follow(): void {
    const before = this.#seen;
    const look = async (left: number): Promise<void> => {
      await this.refresh();
      if (this.#seen > before || left === 0 || this.bus.nc.isClosed()) return;
      await new Promise((resolve) => setTimeout(resolve, lookAgainMs).unref());
      await look(left - 1);
    };
    look(looks).catch((error: unknown) => this.bus.logger.warn('APPS cannot be read', { error }));
  }

  async #read(): Promise<void> {
    const tail = await this.bus.streamTail('APPS');
    if (this.#seen === 0) await this.#readNewest();
    const range = { startSequence: this.#seen + 1, subjects: [], untilSequence: tail };
    for await (const stored of this.bus.scan('APPS', range)) this.#apply(stored);
    this.#seen = Math.max(this.#seen, tail);
  }

  /** Of all the revisions that are kept, the newest of each app is what counts. */
  async #readNewest(): Promise<void> {
    const newest = await this.bus.newest('APPS', subjectPatterns.apps);
    if (newest === null) return;
    for (const stored of newest.messages) this.#apply(stored);
    this.#seen = newest.upTo;
  }

  #apply(stored: StoredMessage): void {
    const place = parseSubject(stored.subject);
    if (place === null) return;
    try {
      const { version, data } = decodeFact(stored);
      const { app } = place;
      if (place.event === 'removed') {
        const { revision, change } = readData('app-removed', version, data) as AppRemoved;
        this.#apps.set(app, { app, settings: null, revision, change, position: stored.sequence });
      } else {
        const settings = readData('app-configured', version, data) as AppSettings;
        const { revision, change } = settings;
        this.#apps.set(app, { app, settings, revision, change, position: stored.sequence });
      }
    } catch (error) {
      this.bus.logger.error('an app cannot be read', { app: place.app, position: stored.sequence, error });
    }
  }
}

/** Says something about an app, once, even if several routers want to say it. */
export function appOutbox(bus: Bus, directory: AppDirectory, clock: Clock, ids: IdSource): Outbox['app'] {
  return async ({ app, type, data }: AppFact) => {
    const event = type === 'app-configured' ? 'configured' : 'removed';
    const { isDuplicate } = await bus.publisher.publishFact({
      subject: subjects.app(app, event),
      messageId: dedupId.app(app, event, directory.positionOf(app)),
      envelope: {
        id: ids.uuid(),
        type,
        version: 1,
        source: 'router',
        time: clock.now(),
        app,
        subject: app,
        correlation: null,
        causation: null,
        traceparent: null,
        data,
      },
    });
    return !isDuplicate;
  };
}
