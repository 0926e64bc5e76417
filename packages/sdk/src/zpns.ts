import { backoffMs } from './backoff.js';
import { chooseSource, type ZPNsConfig, type ZPNsTokenSource } from './token-source.js';
import { ZIM } from './zim.js';
import { ZIMError } from './zim-error.js';
import { chance } from './time-and-chance.js';

export type { ZPNsConfig, ZPNsTokenSource } from './token-source.js';

/** Which world of Apple the app's token belongs to. */
export enum ZPNsIOSEnvironment {
  Production = 0,
  Development = 1,
  Automatic = 2,
}
/** The numbers of the model; a vendor that it does not number is null. */
export enum ZPNsPushSourceType {
  Vivo = 1,
  Xiaomi = 2,
  Huawei = 3,
  OPPO = 4,
  FCM = 5,
  Honor = 6,
  APNs = 10,
}

export interface ZPNsRegisterConfig {
  readonly iOSEnvironment?: ZPNsIOSEnvironment;
  readonly enableIOSVoIP?: boolean;
}

export interface ZPNsRegisterMessage {
  readonly pushID: string;
  readonly errorCode: number;
  readonly errorMessage: string;
  readonly pushSourceType: ZPNsPushSourceType | null;
}
export interface ZPNsMessage {
  readonly title: string;
  readonly content: string;
  readonly payload: string;
  readonly extras: Readonly<Record<string, unknown>>;
  readonly pushSourceType: ZPNsPushSourceType | null;
}
export interface ZPNsEventHandler {
  onRegistered?(message: ZPNsRegisterMessage): void;
  onNotificationClicked?(message: ZPNsMessage): void;
  onNotificationArrived?(message: ZPNsMessage): void;
  onThroughMessageReceived?(message: ZPNsMessage): void;
}

/** The model's codes: 6000403 the vendor gave no token, 6000404 registering failed. */
const vendorFailed = 6_000_403;
const registerFailed = 6_000_404;
const sourceTypes: ReadonlyMap<string, ZPNsPushSourceType> = new Map(
  Object.entries({
    apns: ZPNsPushSourceType.APNs,
    fcm: ZPNsPushSourceType.FCM,
    vivo: ZPNsPushSourceType.Vivo,
    xiaomi: ZPNsPushSourceType.Xiaomi,
    huawei: ZPNsPushSourceType.Huawei,
    oppo: ZPNsPushSourceType.OPPO,
    honor: ZPNsPushSourceType.Honor,
  }),
);
/** Faults after which the same registration is worth another try. */
const passing: ReadonlySet<string> = new Set(['network', 'unavailable', 'rate-limited', 'no-token-source']);
const environments = {
  [ZPNsIOSEnvironment.Production]: 'production',
  [ZPNsIOSEnvironment.Development]: 'development',
  [ZPNsIOSEnvironment.Automatic]: 'automatic',
} as const;

/** Push registration of this device. */
export class ZPNs {
  static #instance: ZPNs | null = null;
  static getInstance(): ZPNs {
    ZPNs.#instance ??= new ZPNs();
    return ZPNs.#instance;
  }

  #config: ZPNsConfig = {};
  #sources: readonly ZPNsTokenSource[] = [];
  /** The one that was chosen when this device was last registered, or tried to be. */
  #source: ZPNsTokenSource | null = null;
  #handler: ZPNsEventHandler = {};
  #zim: ZIM | null = null;
  #rotating: ReturnType<typeof setTimeout> | null = null;
  #registered: ZPNsRegisterConfig | null = null;
  /** Clicks before `registerPush` are held until then. */
  #heldClicks: ZPNsMessage[] = [];

  /** Before `registerPush`. */
  setPushConfig(config: ZPNsConfig): void {
    this.#config = config;
  }
  setTokenSource(source: ZPNsTokenSource): void {
    this.setTokenSources([source]);
  }
  /** One for each vendor of this build, in the order in which they are asked: the first that is enabled and available is taken. */
  setTokenSources(sources: readonly ZPNsTokenSource[]): void {
    this.#sources = sources;
    this.#source = null;
    for (const source of sources)
      source.onRefresh?.(() => {
        if (this.#registered !== null && this.#source === source) this.#rotate(this.#registered, 0);
      });
  }
  setEventHandler(handler: ZPNsEventHandler): void {
    this.#handler = handler;
  }

  /**
   * Registers this device for the user who is logged in, or rotates its token; the PushID comes back, and through `onRegistered`.
   * @throws ZIMError after `onRegistered` was told the error code.
   */
  async registerPush(config: ZPNsRegisterConfig = {}, zim?: ZIM): Promise<{ pushID: string }> {
    this.#stopRotating();
    this.#zim = zim ?? this.#zim ?? ZIM.getInstance();
    try {
      const pushID = await this.#register(config);
      this.#registered = config;
      this.#tell({ pushID, errorCode: 0, errorMessage: '', pushSourceType: this.#sourceType() });
      const held = this.#heldClicks;
      this.#heldClicks = [];
      for (const click of held) this.#handler.onNotificationClicked?.(click);
      return { pushID };
    } catch (error) {
      const errorCode =
        error instanceof ZIMError && error.code === 'no-token-source' ? vendorFailed : registerFailed;
      this.#tell({
        pushID: '',
        errorCode,
        errorMessage: error instanceof Error ? error.message : String(error),
        pushSourceType: this.#sourceType(),
      });
      throw error;
    }
  }

  /** This device gets neither alerts nor silent pushes any more. */
  async unregisterPush(): Promise<void> {
    if (this.#registered === null || this.#zim === null)
      throw new ZIMError('push-not-registered', 'call registerPush first');
    const { device, http } = this.#zim;
    await http.unregisterPush(this.#zim.requireToken(), device.deviceId, { deviceSecret: device.secret });
    this.#registered = null;
  }

  /** The app's shell tells what the system told it. */
  notificationClicked(message: ZPNsMessage): void {
    if (this.#registered === null) this.#heldClicks.push(message);
    else this.#handler.onNotificationClicked?.(message);
  }
  notificationArrived(message: ZPNsMessage): void {
    this.#handler.onNotificationArrived?.(message);
  }
  throughMessageReceived(message: ZPNsMessage): void {
    this.#handler.onThroughMessageReceived?.(message);
  }

  /** The old token dies with the vendor's new one: this is tried until it is told, or somebody logs out. */
  #rotate(config: ZPNsRegisterConfig, failures: number): void {
    this.registerPush(config).catch(({ code, retryAfterMs }: ZIMError) => {
      // Told through `onRegistered`; what time does not cure is the app's to mend.
      if (!passing.has(code)) return;
      const again = (): void => this.#rotate(config, failures + 1);
      this.#rotating = setTimeout(again, retryAfterMs ?? backoffMs(failures, chance));
    });
  }
  #stopRotating(): void {
    if (this.#rotating !== null) clearTimeout(this.#rotating);
    this.#rotating = null;
  }

  async #register({
    iOSEnvironment = ZPNsIOSEnvironment.Production,
    enableIOSVoIP = false,
  }: ZPNsRegisterConfig): Promise<string> {
    const source = await chooseSource(this.#sources, this.#config);
    this.#source = source;
    const zim = this.#zim;
    if (zim === null)
      throw new ZIMError('not-logged-in', 'give the client that is logged in to registerPush');
    const tokens = await source.get().catch((cause: unknown) => {
      throw new ZIMError('no-token-source', 'the vendor gave no token', null, { cause });
    });
    const { device, http } = zim;
    const { pushId, deviceSecret } = await http.registerPush(zim.requireToken(), device.deviceId, {
      platform: zim.platform,
      vendor: source.vendor,
      environment: source.vendor === 'apns' ? environments[iOSEnvironment] : 'production',
      token: tokens.token,
      voipToken: enableIOSVoIP ? (tokens.voipToken ?? null) : null,
      bundle: this.#config.bundle ?? null,
      deviceSecret: device.secret,
    });
    if (deviceSecret !== null) device.secret = deviceSecret;
    return pushId;
  }

  #tell(message: ZPNsRegisterMessage): void {
    this.#handler.onRegistered?.(message);
  }
  #sourceType(): ZPNsPushSourceType | null {
    if (this.#source === null) return null;
    return sourceTypes.get(this.#source.vendor) ?? null;
  }
}
