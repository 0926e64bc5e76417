import {
  type ClientFrameInput,
  closeCode,
  type ServerFrame,
  subprotocol,
} from '@reveille/contracts/ws/frames';
import { backoffMs } from './backoff.js';
import { ZIMConnectionEvent, ZIMConnectionState } from './messages.js';
import { ZIMError, type ZIMErrorCode } from './zim-error.js';

export interface Credentials {
  readonly token: string;
  readonly deviceId: string;
  readonly platform: string;
  isBackground: boolean;
}

export interface ConnectionEvents {
  state(state: ZIMConnectionState, event: ZIMConnectionEvent): void;
  /** Logged in: whatever was missed can be fetched, whatever waits can be sent. */
  opened(): void;
  delivered(frame: Extract<ServerFrame, { t: 'deliver' }>): void;
}

interface Waiting {
  readonly resolve: (frame: ServerFrame) => void;
  readonly reject: (error: ZIMError) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

const answerTimeoutMs = 15_000;
const lostAfterMs = 25_000;

/** After these there is no coming back without the app's help. */
const endings: Readonly<Record<number, { code: ZIMErrorCode; event: ZIMConnectionEvent }>> = {
  [closeCode.kicked]: { code: 'kicked', event: ZIMConnectionEvent.KickedOut },
  [closeCode.tokenExpired]: { code: 'token-expired', event: ZIMConnectionEvent.TokenExpired },
  [closeCode.loggedOut]: { code: 'logged-out', event: ZIMConnectionEvent.Success },
};
const finalRefusals: ReadonlySet<string> = new Set([
  'token-invalid',
  'token-expired',
  'app-unknown',
  'forbidden',
  'device-bound-to-another-user',
]);

/**
 * One logged-in connection that comes back by itself: connecting → connected ⇄ reconnecting → disconnected (by logout, kick, an
 * expired token or a refusal that time does not cure).
 */
export class Connection {
  #socket: WebSocket | null = null;
  #state = ZIMConnectionState.Disconnected;
  #credentials: Credentials | null = null;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | null = null;
  #pulse: ReturnType<typeof setInterval> | null = null;
  #lastHeardAt = 0;
  #lastId = 0;
  readonly #waiting = new Map<string, Waiting>();
  #firstLogin: { resolve: () => void; reject: (error: ZIMError) => void } | null = null;

  constructor(
    private readonly url: string,
    private readonly events: ConnectionEvents,
  ) {}

  get state(): ZIMConnectionState {
    return this.#state;
  }
  get isOpen(): boolean {
    return this.#state === ZIMConnectionState.Connected;
  }

  /** Resolves when the first login is done; from then on lost connections are made anew. */
  login(credentials: Credentials): Promise<void> {
    this.#credentials = credentials;
    this.#move(ZIMConnectionState.Connecting, ZIMConnectionEvent.ActiveLogin);
    return new Promise((resolve, reject) => {
      this.#firstLogin = { resolve, reject };
      this.#connect();
    });
  }

  /** Another token for the next login, before the present one runs out. */
  renew(token: string): void {
    if (this.#credentials !== null) this.#credentials = { ...this.#credentials, token };
  }

  close(event: ZIMConnectionEvent = ZIMConnectionEvent.Success): void {
    this.#credentials = null;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    this.#drop(1000);
    this.#firstLogin?.reject(new ZIMError('logged-out', 'logged out'));
    this.#firstLogin = null;
    this.#move(ZIMConnectionState.Disconnected, event);
  }

  /** A frame whose answer is waited for. @throws ZIMError: a refusal of the server, or `network` when the answer does not come. */
  ask<T extends ServerFrame['t']>(type: T, frame: ClientFrameInput): Promise<Extract<ServerFrame, { t: T }>> {
    if (!this.isOpen) return Promise.reject(new ZIMError('not-connected', 'not connected'));
    return this.#ask(type, frame);
  }
  tell(frame: ClientFrameInput): void {
    if (this.isOpen) this.#write(frame);
  }
  setBackground(isBackground: boolean): void {
    if (this.#credentials !== null) this.#credentials.isBackground = isBackground;
  }

  #connect(): void {
    const socket = new WebSocket(this.url, subprotocol);
    this.#socket = socket;
    socket.addEventListener('open', () => void this.#greet(socket));
    socket.addEventListener('message', ({ data }) => this.#hear(socket, String(data)));
    socket.addEventListener('close', ({ code, reason }) => this.#closed(socket, code, reason));
    // An error is always followed by a close, which says what there is to say.
    socket.addEventListener('error', () => {});
  }

  async #greet(socket: WebSocket): Promise<void> {
    const credentials = this.#credentials;
    if (credentials === null || socket !== this.#socket) return;
    this.#lastHeardAt = Date.now();
    this.#write({
      t: 'hello',
      sdk: 'reveille-js/0.1.0',
      deviceId: credentials.deviceId,
      platform: credentials.platform,
    } as ClientFrameInput);
    try {
      const welcome = await this.#ask('welcome', {
        t: 'login',
        token: credentials.token,
        background: credentials.isBackground,
      });
      this.#failures = 0;
      this.#startPulse(welcome.heartbeatMs);
      this.#move(ZIMConnectionState.Connected, ZIMConnectionEvent.Success);
      this.#firstLogin?.resolve();
      this.#firstLogin = null;
      this.events.opened();
    } catch (error) {
      this.#loginFailed(socket, error as ZIMError);
    }
  }

  #loginFailed(socket: WebSocket, error: ZIMError): void {
    if (socket !== this.#socket) return;
    if (!finalRefusals.has(error.code)) {
      socket.close();
      return;
    }
    const first = this.#firstLogin;
    this.#firstLogin = null;
    const event =
      error.code === 'token-expired' ? ZIMConnectionEvent.TokenExpired : ZIMConnectionEvent.Interrupted;
    this.close(event);
    first?.reject(error);
  }

  #ask<T extends ServerFrame['t']>(
    type: T,
    frame: ClientFrameInput,
  ): Promise<Extract<ServerFrame, { t: T }>> {
    this.#lastId += 1;
    const id = `s${this.#lastId}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new ZIMError('network', `no answer to ${frame.t} within ${answerTimeoutMs} ms`));
      }, answerTimeoutMs);
      const settle = (answer: ServerFrame): void => {
        if (answer.t === type) resolve(answer as Extract<ServerFrame, { t: T }>);
        else if (answer.t === 'error') reject(new ZIMError(answer.code, answer.message, answer.retryAfterMs));
        else reject(new ZIMError('frame-invalid', `wanted ${type}, got ${answer.t}`));
      };
      this.#waiting.set(id, { resolve: settle, reject, timer });
      this.#write({ ...frame, id } as ClientFrameInput);
    });
  }

  #write(frame: ClientFrameInput): void {
    const socket = this.#socket;
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  }

  #hear(socket: WebSocket, text: string): void {
    if (socket !== this.#socket) return;
    this.#lastHeardAt = Date.now();
    const frame = JSON.parse(text) as ServerFrame;
    if (frame.t === 'deliver') return this.events.delivered(frame);
    const id = 'id' in frame ? frame.id : undefined;
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (waiting === undefined || id === undefined) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    waiting.resolve(frame);
  }

  #closed(socket: WebSocket, code: number, reason: string): void {
    if (socket !== this.#socket) return;
    this.#drop(null);
    const ending = endings[code];
    if (ending !== undefined) {
      const first = this.#firstLogin;
      this.#firstLogin = null;
      this.close(ending.event);
      first?.reject(new ZIMError(ending.code, reason));
      return;
    }
    if (this.#credentials === null) return;
    this.#move(
      this.#firstLogin === null ? ZIMConnectionState.Reconnecting : ZIMConnectionState.Connecting,
      ZIMConnectionEvent.Interrupted,
    );
    this.#retry = setTimeout(() => this.#connect(), backoffMs(this.#failures, Math.random));
    this.#failures += 1;
  }

  /** What waits for an answer will not get it here: its owner sends it again or tells. */
  #drop(code: number | null): void {
    if (this.#pulse !== null) clearInterval(this.#pulse);
    this.#pulse = null;
    const socket = this.#socket;
    this.#socket = null;
    if (code !== null) socket?.close(code);
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new ZIMError('network', 'the connection was lost'));
    }
    this.#waiting.clear();
  }

  #startPulse(everyMs: number): void {
    if (this.#pulse !== null) clearInterval(this.#pulse);
    this.#pulse = setInterval(() => {
      // A socket in a tunnel looks open for minutes: silence is what tells.
      if (Date.now() - this.#lastHeardAt > lostAfterMs) {
        const socket = this.#socket;
        if (socket !== null) {
          socket.close();
          this.#closed(socket, 1006, 'nothing heard');
        }
      } else this.#write({ t: 'ping' });
    }, everyMs);
  }

  #move(state: ZIMConnectionState, event: ZIMConnectionEvent): void {
    if (this.#state === state) return;
    this.#state = state;
    this.events.state(state, event);
  }
}
