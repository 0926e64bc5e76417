import type { Bus } from '@reveille/bus/connect';
import { type AppSettings, appSettingsSchema } from '@reveille/contracts/app/events';
import type { AppId } from '@reveille/contracts/ids';
import { parseSubject, subjectPatterns } from '@reveille/contracts/subjects';

export interface AppDirectoryOptions {
  readonly configured: (settings: AppSettings) => void;
  readonly removed: (app: AppId) => void;
}

/**
 * Follows APPS: tells of every app at the start, then of each change. What was said while the connection was down is read
 * from the stream when it is back. An app whose settings cannot be read is reported and stays as it was.
 */
export class AppDirectory {
  #position = 0;
  #reading: Promise<void> = Promise.resolve();
  #unsubscribe: (() => void) | null = null;
  #unlisten: (() => void) | null = null;

  constructor(
    private readonly bus: Bus,
    private readonly options: AppDirectoryOptions,
  ) {}

  /** Resolves when every app that is known now was told. */
  async start(): Promise<void> {
    const subscription = this.bus.nc.subscribe(subjectPatterns.apps, {
      callback: (error, { subject, data }) => {
        if (error !== null) this.bus.logger.warn('changes of apps cannot be heard', { error });
        // In order with what is being read from the stream; the last word about an app is the newest.
        else this.#inTurn(() => this.#apply(subject, data));
      },
    });
    this.#unsubscribe = () => subscription.unsubscribe();
    this.#unlisten = this.bus.listen({ connected: () => this.#inTurn(() => this.#read()) });
    await this.#read();
  }

  stop(): void {
    this.#unlisten?.();
    this.#unsubscribe?.();
  }

  #inTurn(step: () => Promise<void> | void): void {
    this.#reading = this.#reading.then(step).catch((error: unknown) => {
      this.bus.logger.error('a change of an app could not be followed', { error });
    });
  }

  async #read(): Promise<void> {
    const untilSequence = await this.bus.streamTail('APPS');
    const newest = new Map<string, { subject: string; data: Uint8Array }>();
    const range = { startSequence: this.#position + 1, subjects: [subjectPatterns.apps], untilSequence };
    for await (const { subject, data } of this.bus.scan('APPS', range))
      newest.set(parseSubject(subject)?.app ?? subject, { subject, data });
    for (const { subject, data } of newest.values()) this.#apply(subject, data);
    this.#position = untilSequence;
  }

  #apply(subject: string, data: Uint8Array): void {
    const place = parseSubject(subject);
    if (place === null) return;
    if (place.event === 'removed') return this.options.removed(place.app);
    if (place.event !== 'configured') return;
    try {
      const settings = appSettingsSchema.parse(JSON.parse(Buffer.from(data).toString()));
      this.options.configured({ ...settings, app: place.app });
    } catch (error) {
      this.bus.logger.error('the settings of an app cannot be read', { app: place.app, error });
    }
  }
}
