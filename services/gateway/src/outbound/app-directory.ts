import type { Bus } from '@reveille/bus/connect';
import { type AppSettings, appSettingsSchema } from '@reveille/contracts/app/events';
import type { AppId } from '@reveille/contracts/ids';
import { parseSubject, subjectPatterns } from '@reveille/contracts/subjects';
import type { Apps } from '../ports.js';

/** The apps of the town as APPS has them: read at start, followed live, read again after a reconnection. */
export class AppDirectory implements Apps {
  readonly #apps = new Map<AppId, AppSettings>();
  #stop: () => void = () => {};

  constructor(
    private readonly bus: Bus,
    private readonly onChange: (app: AppId) => void,
  ) {}

  async start(): Promise<void> {
    const subscription = this.bus.nc.subscribe(subjectPatterns.apps, {
      callback: (error, message) => {
        if (error === null) this.#apply(message.subject, message.data);
        else this.bus.logger.error('changes of apps cannot be heard', { error });
      },
    });
    const unlisten = this.bus.listen({
      connected: () =>
        void this.#read().catch((error: unknown) => this.bus.logger.warn('APPS cannot be read', { error })),
    });
    this.#stop = () => {
      unlisten();
      subscription.unsubscribe();
    };
    await this.#read();
  }
  stop(): void {
    this.#stop();
  }
  get(app: AppId): AppSettings | null {
    return this.#apps.get(app) ?? null;
  }
  all(): AppSettings[] {
    return [...this.#apps.values()];
  }

  async #read(): Promise<void> {
    const untilSequence = await this.bus.streamTail('APPS');
    if (untilSequence === 0) return;
    for await (const { subject, data } of this.bus.scan('APPS', {
      startSequence: 1,
      subjects: [subjectPatterns.apps],
      untilSequence,
    }))
      this.#apply(subject, data);
  }

  #apply(subject: string, data: Uint8Array): void {
    const place = parseSubject(subject);
    if (place === null) return;
    if (place.event === 'removed') this.#apps.delete(place.app);
    if (place.event === 'configured') {
      const settings = appSettingsSchema.safeParse(JSON.parse(Buffer.from(data).toString()));
      if (settings.success) this.#apps.set(place.app, { ...settings.data, app: place.app });
      else
        this.bus.logger.error('the settings of an app cannot be read', {
          app: place.app,
          error: settings.error,
        });
    }
    this.onChange(place.app);
  }
}
