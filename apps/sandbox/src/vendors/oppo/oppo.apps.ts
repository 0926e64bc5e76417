export const communicationCategories: readonly string[] = [
  'IM',
  'ACCOUNT',
  'DEVICE_REMINDER',
  'ORDER',
  'TODO',
  'SUBSCRIPTION',
];
export const marketingCategories: readonly string[] = ['NEWS', 'CONTENT', 'MARKETING', 'SOCIAL'];

/** A private template: OPPO shows its texts with `${name}` filled. */
export interface OppoTemplate {
  readonly id: string;
  readonly title: string;
  readonly content: string;
}

/** What OPPO knows of an app. */
export interface OppoApp {
  readonly appId: string;
  readonly appKey: string;
  readonly masterSecret: string;
  /** The package name. */
  readonly bundle: string;
  /** False: 28. */
  readonly isEnabled: boolean;
  /** False: 30. */
  readonly mayPush: boolean;
  /** True: 26. */
  readonly isAddressBlocked: boolean;
  /** True: 27. */
  readonly lacksFeature: boolean;
  /** Categories of communication and service need an approval, those of marketing none. */
  readonly approvedCategories: readonly string[];
  /** Whether notify_level 16 was granted. */
  readonly mayUseBanner: boolean;
  readonly templates: readonly OppoTemplate[];
  /** Registered as private: not counted as marketing where no category is named. */
  readonly privateChannels: readonly string[];
}

/** OPPO's apps, by key and by package. */
export class OppoApps {
  readonly #byKey = new Map<string, OppoApp>();

  register(app: OppoApp): void {
    this.#byKey.set(app.appKey, app);
  }

  /** The latest registration under the key. */
  find(appKey: string): OppoApp | null {
    return this.#byKey.get(appKey) ?? null;
  }

  list(): OppoApp[] {
    return [...this.#byKey.values()];
  }
}

export function isMarketing(app: OppoApp, category: string | null, channelId: string | null): boolean {
  if (category !== null) return marketingCategories.includes(category);
  return channelId === null || !app.privateChannels.includes(channelId);
}
