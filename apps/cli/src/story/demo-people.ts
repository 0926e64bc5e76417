import type { Platform } from '@reveille/contracts/device/platform';
import type { VendorName } from '@reveille/contracts/push/vendor';
import { ZIM } from '@reveille/sdk/zim';
import { ZIMConversationType, type ZIMMessage, ZIMMessageType } from '@reveille/sdk/messages';
import { MemoryStorage } from '@reveille/sdk/storage';
import { ZPNs } from '@reveille/sdk/zpns';
import { clientToken } from '../town/client-token.js';
import type { ReadyLine } from '../town/ready-line.js';
import { platformOf, type SandboxClient, type SandboxNotification } from '../town/sandbox-client.js';

interface PhoneKind {
  readonly vendor: VendorName;
  readonly platform: Platform;
}

/** A person's phone: a virtual one in the sandbox, with the app (the SDK) on it. */
export class DemoPhone {
  readonly received: ZIMMessage[] = [];
  readonly #zim: ZIM;
  readonly #zpns = new ZPNs();
  #token: string | null = null;

  private constructor(
    readonly name: string,
    readonly phoneId: string,
    readonly user: string,
    private readonly kind: PhoneKind,
    private readonly ready: ReadyLine,
    private readonly sandbox: SandboxClient,
    readonly storage: MemoryStorage,
  ) {
    this.#zim = new ZIM({
      appID: ready.app.id,
      url: ready.urls.webSocket,
      storage,
      platform: kind.platform,
    });
    this.#zim.on('peerMessageReceived', ({ messageList }) => void this.received.push(...messageList));
  }

  /** A phone of the vendor's, with the demo app on it. */
  static async buy(
    owner: string,
    vendor: VendorName,
    ready: ReadyLine,
    sandbox: SandboxClient,
  ): Promise<DemoPhone> {
    const phone = await sandbox.addPhone(vendor, ready.app.id);
    const kind = { vendor, platform: platformOf(phone) };
    return new DemoPhone(
      `${owner}'s ${phone.name}`,
      phone.phoneId,
      owner.toLowerCase(),
      kind,
      ready,
      sandbox,
      new MemoryStorage(),
    );
  }

  /** The app is started anew on the same phone: it remembers its device. */
  restarted(): DemoPhone {
    return new DemoPhone(
      this.name,
      this.phoneId,
      this.user,
      this.kind,
      this.ready,
      this.sandbox,
      this.storage,
    );
  }

  get deviceId(): string {
    return this.#zim.device.deviceId;
  }

  /** What the vendor knows the app on it by; null until it was registered here. */
  get token(): string | null {
    return this.#token;
  }

  async login(): Promise<void> {
    await this.#zim.login(this.user, { token: await clientToken(this.ready.app, this.user) });
  }
  /** Gives the PushID. */
  async registerPush(): Promise<string> {
    this.#zpns.setTokenSource({
      vendor: this.kind.vendor,
      get: async () => {
        this.#token = await this.sandbox.token(this.phoneId);
        return { token: this.#token };
      },
    });
    const { pushID } = await this.#zpns.registerPush({}, this.#zim);
    return pushID;
  }
  unregisterPush(): Promise<void> {
    return this.#zpns.unregisterPush();
  }
  /** The system ends the app; nobody logs out. */
  goAway(): void {
    this.#zim.destroy();
  }
  logout(): Promise<void> {
    return this.#zim.logout();
  }
  lockScreen(): Promise<SandboxNotification[]> {
    return this.sandbox.lockScreen(this.phoneId);
  }
}

/** Somebody who writes. */
export class DemoSender {
  readonly #zim: ZIM;

  constructor(
    readonly user: string,
    private readonly ready: ReadyLine,
  ) {
    this.#zim = new ZIM({
      appID: ready.app.id,
      url: ready.urls.webSocket,
      storage: new MemoryStorage(),
      platform: 'web',
    });
  }

  async login(): Promise<void> {
    await this.#zim.login(this.user, { token: await clientToken(this.ready.app, this.user) });
  }
  /** Gives the message's id. */
  async send(
    to: string,
    text: string,
    pushConfig: { title: string; content: string; payload?: string },
  ): Promise<string> {
    const { message } = await this.#zim.sendMessage(
      { type: ZIMMessageType.Text, message: text },
      to,
      ZIMConversationType.Peer,
      {
        pushConfig,
      },
    );
    return message.messageID;
  }
  goAway(): void {
    this.#zim.destroy();
  }
}
