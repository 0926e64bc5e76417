import { ZIM } from '@reveille/sdk/zim';
import { ZIMConversationType, type ZIMMessage, ZIMMessageType } from '@reveille/sdk/messages';
import { MemoryStorage } from '@reveille/sdk/storage';
import { ZPNs } from '@reveille/sdk/zpns';
import { clientToken } from '../town/client-token.js';
import type { ReadyLine } from '../town/ready-line.js';
import type { SandboxClient, SandboxNotification } from '../town/sandbox-client.js';

/** A person's phone: a virtual one in the sandbox, with the app (the SDK) on it. */
export class DemoPhone {
  readonly received: ZIMMessage[] = [];
  readonly #zim: ZIM;
  readonly #zpns = new ZPNs();

  private constructor(
    readonly name: string,
    readonly phoneId: string,
    readonly user: string,
    private readonly vendor: 'apns' | 'fcm',
    private readonly ready: ReadyLine,
    private readonly sandbox: SandboxClient,
    readonly storage: MemoryStorage,
  ) {
    this.#zim = new ZIM({
      appID: ready.app.id,
      url: ready.urls.webSocket,
      storage,
      platform: vendor === 'apns' ? 'iphone' : 'android',
    });
    this.#zim.on('peerMessageReceived', ({ messageList }) => void this.received.push(...messageList));
  }

  static async buy(
    name: string,
    user: string,
    vendor: 'apns' | 'fcm',
    ready: ReadyLine,
    sandbox: SandboxClient,
  ): Promise<DemoPhone> {
    const { phoneId } = await sandbox.addPhone(vendor, ready.app.id);
    return new DemoPhone(name, phoneId, user, vendor, ready, sandbox, new MemoryStorage());
  }

  /** The app is started anew on the same phone: it remembers its device. */
  restarted(): DemoPhone {
    return new DemoPhone(
      this.name,
      this.phoneId,
      this.user,
      this.vendor,
      this.ready,
      this.sandbox,
      this.storage,
    );
  }

  get deviceId(): string {
    return this.#zim.device.deviceId;
  }

  async login(): Promise<void> {
    await this.#zim.login(this.user, { token: await clientToken(this.ready.app, this.user) });
  }
  /** Gives the PushID. */
  async registerPush(): Promise<string> {
    this.#zpns.setTokenSource({
      vendor: this.vendor,
      get: async () => ({ token: await this.sandbox.token(this.phoneId) }),
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
