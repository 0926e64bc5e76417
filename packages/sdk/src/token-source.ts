import type { VendorName } from '@reveille/contracts/push/vendor';
import { ZIMError } from './zim-error.js';

/** Where the vendor's token comes from: a real app plugs its vendor's SDK in, a test a virtual phone. */
export interface ZPNsTokenSource {
  readonly vendor: VendorName;
  /** Whether this phone has the vendor's service; left out: it has. */
  isAvailable?(): Promise<boolean>;
  get(): Promise<{ token: string; voipToken?: string | null }>;
  /** Called with the function to call when the vendor gives another token. */
  onRefresh?(refreshed: () => void): void;
}

/** The model's switches; Honor's phones come with Huawei's, as there. */
interface ModelSwitches {
  readonly fcm: 'enableFCMPush';
  readonly huawei: 'enableHWPush';
  readonly honor: 'enableHWPush';
  readonly xiaomi: 'enableMiPush';
  readonly oppo: 'enableOppoPush';
  readonly vivo: 'enableVivoPush';
}
const modelSwitches: ModelSwitches & Readonly<Record<string, string>> = {
  fcm: 'enableFCMPush',
  huawei: 'enableHWPush',
  honor: 'enableHWPush',
  xiaomi: 'enableMiPush',
  oppo: 'enableOppoPush',
  vivo: 'enableVivoPush',
};
/** What the platform comes with: there is nothing beside it that it could be switched against. */
type PlatformsOwn = 'apns' | 'webpush' | 'harmony';
const platformsOwn: ReadonlySet<string> = new Set<PlatformsOwn>(['apns', 'webpush', 'harmony']);

/** A vendor that the model does not know has a switch by its name: `enableMeizuPush`. */
type SwitchOf<Name extends string> = Name extends keyof ModelSwitches
  ? ModelSwitches[Name]
  : `enable${Capitalize<Name>}Push`;

/**
 * Which vendors this build uses. Where no switch is set, whatever has a source is used; where one is true, only those that
 * are. FCM excludes the other Android vendors.
 */
export type ZPNsConfig = {
  readonly [Switch in SwitchOf<Exclude<VendorName, PlatformsOwn>>]?: boolean;
} & {
  /** Bundle id or package name, where the app has several. */
  readonly bundle?: string;
};

/**
 * The first source that is enabled and available.
 * @throws ZIMError `push-unsupported` where all are switched off, `no-token-source` where there is none, or none for this phone.
 */
export async function chooseSource(
  sources: readonly ZPNsTokenSource[],
  config: ZPNsConfig,
): Promise<ZPNsTokenSource> {
  if (sources.length === 0) throw new ZIMError('no-token-source', 'call setTokenSource first');
  const enabled = sources.filter(({ vendor }) => isEnabled(vendor, config));
  if (enabled.length === 0)
    throw new ZIMError('push-unsupported', `setPushConfig enables none of ${namesOf(sources)}`);
  let cause: unknown;
  for (const source of enabled) {
    try {
      if (source.isAvailable === undefined || (await source.isAvailable())) return source;
    } catch (error) {
      // A vendor's SDK may throw where its service is missing: the next one is asked.
      cause ??= error;
    }
  }
  throw new ZIMError('no-token-source', `this phone has none of ${namesOf(enabled)}`, null, { cause });
}

function isEnabled(vendor: string, config: ZPNsConfig): boolean {
  if (platformsOwn.has(vendor)) return true;
  const switches: Readonly<Record<string, unknown>> = { ...config };
  const isSet = (name: string): boolean => switches[name] === true;
  if (isSet(modelSwitches.fcm)) return vendor === 'fcm';
  const own = switchOf(vendor);
  const isAnySet = Object.keys(switches).some((name) => name.startsWith('enable') && isSet(name));
  return isAnySet ? isSet(own) : switches[own] !== false;
}

function switchOf(vendor: string): string {
  return modelSwitches[vendor] ?? `enable${vendor.charAt(0).toUpperCase()}${vendor.slice(1)}Push`;
}

function namesOf(sources: readonly ZPNsTokenSource[]): string {
  return sources.map(({ vendor }) => vendor).join(', ');
}
