import type { AppSettings } from '@reveille/contracts/app/events';
import type { AppId } from '@reveille/contracts/ids';
import { readData } from '@reveille/contracts/read-data';
import { subjectPatterns } from '@reveille/contracts/subjects';
import { decodeFact, type StoredMessage } from './codec.js';
import type { Bus } from './connect.js';
import { followStream } from './follow-stream.js';

export interface AppWatch {
  configured(settings: AppSettings): void;
  removed(app: AppId): void;
}

export interface AppDirectory {
  /** Null for an app that nobody has configured, or that was removed. */
  get(app: AppId): AppSettings | null;
  stop(): void;
}

/**
 * The apps as APPS has them, followed for as long as the process runs. The watch hears the newest word about every app, removed
 * ones included, before this resolves, then every change in the order of the stream. What cannot be read is reported
 * and changes nothing.
 */
export async function openAppDirectory(bus: Bus, watch: AppWatch | null = null): Promise<AppDirectory> {
  const directory = new FollowedApps(bus, watch);
  const source = { stream: 'APPS', subject: subjectPatterns.apps, newestOnly: true };
  const follower = await followStream(bus, source, directory);
  directory.tellAll();
  return { get: (app) => directory.get(app), stop: () => follower.stop() };
}

class FollowedApps {
  /** Null: removed. */
  readonly #apps = new Map<AppId, AppSettings | null>();
  #isTold = false;

  constructor(
    private readonly bus: Bus,
    private readonly watch: AppWatch | null,
  ) {}

  get(app: AppId): AppSettings | null {
    return this.#apps.get(app) ?? null;
  }

  tellAll(): void {
    this.#isTold = true;
    for (const app of this.#apps.keys()) this.#tell(app);
  }

  apply(stored: StoredMessage): void {
    try {
      const { app, type, version, data } = decodeFact(stored);
      const read = readData(type, version, data);
      // The subject says whose settings these are: an app speaks for itself alone.
      this.#apps.set(app, type === 'app-configured' ? { ...(read as AppSettings), app } : null);
      this.#tell(app);
    } catch (error) {
      const { subject, sequence } = stored;
      this.bus.logger.error('the settings of an app cannot be read', { subject, sequence, error });
    }
  }

  /** The stream was made anew: what it does not say again is gone. */
  reset(): void {
    for (const app of this.#apps.keys()) {
      this.#apps.set(app, null);
      this.#tell(app);
    }
  }

  #tell(app: AppId): void {
    if (!this.#isTold) return;
    const settings = this.get(app);
    if (settings === null) this.watch?.removed(app);
    else this.watch?.configured(settings);
  }
}
