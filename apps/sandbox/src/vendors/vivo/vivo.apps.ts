/** A receipt address as the console has it. */
export interface VivoCallback {
  readonly id: string;
  readonly url: string;
  readonly registeredAt: number;
}

/** What vivo knows of an app. */
export interface VivoApp {
  readonly appId: number;
  readonly appKey: string;
  readonly appSecret: string;
  /** The package name. */
  readonly bundle: string;
  /** False: 10043. */
  readonly isChannelOn: boolean;
  /** True: 10045 to formal messages. */
  readonly isUnderReview: boolean;
  /** False: 10082 to system messages. */
  readonly hasSystemMessages: boolean;
  /** regIds that may receive tests. */
  readonly testDevices: readonly string[];
  readonly callbacks: readonly VivoCallback[];
}

/** vivo's apps. */
export class VivoApps {
  readonly #byId = new Map<number, VivoApp>();

  register(app: VivoApp): void {
    this.#byId.set(app.appId, app);
  }

  find(appId: number): VivoApp | null {
    return this.#byId.get(appId) ?? null;
  }

  list(): VivoApp[] {
    return [...this.#byId.values()];
  }
}
