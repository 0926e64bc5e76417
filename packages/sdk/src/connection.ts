import {
  type ClientFrameInput,
  closeCode,
  type ServerFrame,
  subprotocol,
} from '@reveille/contracts/ws/frames';
import { backoffMs } from './backoff.js';
import { ZIMConnectionEvent, ZIMConnectionState } from './messages.js';
import { OpenQuestions } from './open-questions.js';
import { ZIMError, type ZIMErrorCode } from './zim-error.js';
import { chance, now } from './time-and-chance.js';

export interface Credentials {
  readonly token: string;
  readonly deviceId: string;
  readonly platform: string;
  readonly isBackground: boolean;
}

export interface ConnectionEvents {
  state(state: ZIMConnectionState, event: ZIMConnectionEvent): void;
  /** Logged in: whatever was missed can be fetched, whatever waits can be sent. */
  opened(): void;
  delivered(frame: Extract<ServerFrame, { t: 'deliver' }>): void;
  /** An error that no question waits for. */
  refused(frame: Extract<ServerFrame, { t: 'error' }>): void;
}

const answerTimeoutMs = 15_000;
const connectTimeoutMs = 15_000;
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
  'frame-invalid',
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
  readonly #questions = new OpenQuestions(answerTimeoutMs);
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

  /** Resolves when the first login is done; from then on lost connections are made anew. A login before this one is given up. */
  login(credentials: Credentials): Promise<void> {
    this.close();
    this.#credentials = credentials;
    this.#failures = 0;
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
  setBackground(isBackground: boolean): void {
    if (this.#credentials !== null) this.#credentials = { ...this.#credentials, isBackground };
  }

  close(
    event: ZIMConnectionEvent = ZIMConnectionEvent.Success,
    why = new ZIMError('logged-out', 'logged out'),
  ): void {
    this.#credentials = null;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    this.#drop(1000);
    const first = this.#firstLogin;
    this.#firstLogin = null;
    this.#move(ZIMConnectionState.Disconnected, event);
    first?.reject(why);
  }

  /** A frame whose answer is waited for. @throws ZIMError: a refusal of the server, or `network` when the answer does not come. */
  ask<T extends ServerFrame['t']>(type: T, frame: ClientFrameInput): Promise<Extract<ServerFrame, { t: T }>> {
    if (!this.isOpen) return Promise.reject(new ZIMError('not-connected', 'not connected'));
    return this.#ask(type, frame);
  }
  tell(frame: ClientFrameInput): void {
    if (this.isOpen) this.#write(frame);
  }

  #connect(): void {
    this.#retry = null;
    const socket = new WebSocket(this.url, subprotocol);
    this.#socket = socket;
    const slow = setTimeout(() => this.#lost(socket), connectTimeoutMs);
    socket.addEventListener('open', () => {
      clearTimeout(slow);
      void this.#greet(socket);
    });
    socket.addEventListener('message', ({ data }) => this.#hear(socket, String(data)));
    socket.addEventListener('close', ({ code, reason }) => {
      clearTimeout(slow);
      this.#closed(socket, code, reason);
    });
    // An error is always followed by a close, which says what there is to say.
    socket.addEventListener('error', () => {});
  }

  async #greet(socket: WebSocket): Promise<void> {
    const credentials = this.#credentials;
    if (credentials === null || socket !== this.#socket) return;
    const { deviceId, platform, token, isBackground } = credentials;
    this.#lastHeardAt = now();
    this.#write({ t: 'hello', sdk: 'reveille-js/0.1.0', deviceId, platform } as ClientFrameInput);
    try {
      const welcome = await this.#ask('welcome', { t: 'login', token, background: isBackground });
      this.#opened(welcome.heartbeatMs);
    } catch (error) {
      this.#loginFailed(socket, error as ZIMError);
    }
  }

  #opened(heartbeatMs: number): void {
    this.#failures = 0;
    this.#startPulse(heartbeatMs);
    this.#move(ZIMConnectionState.Connected, ZIMConnectionEvent.Success);
    this.#firstLogin?.resolve();
    this.#firstLogin = null;
    this.events.opened();
  }

  #loginFailed(socket: WebSocket, error: ZIMError): void {
    if (socket !== this.#socket) return;
    if (!finalRefusals.has(error.code)) return this.#lost(socket);
    const isExpired = error.code === 'token-expired';
    this.close(isExpired ? ZIMConnectionEvent.TokenExpired : ZIMConnectionEvent.Interrupted, error);
  }

  #ask<T extends ServerFrame['t']>(
    type: T,
    frame: ClientFrameInput,
  ): Promise<Extract<ServerFrame, { t: T }>> {
    const { id, answer } = this.#questions.open(type);
    this.#write({ ...frame, id });
    return answer;
  }

  #write(frame: ClientFrameInput): void {
    const socket = this.#socket;
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  }

  #hear(socket: WebSocket, text: string): void {
    if (socket !== this.#socket) return;
    this.#lastHeardAt = now();
    const frame = parse(text);
    if (frame === null) return this.#lost(socket);
    if (frame.t === 'deliver') this.events.delivered(frame);
    else if (!this.#questions.answered(frame) && frame.t === 'error') this.events.refused(frame);
  }

  /** Given up by us: a socket in a tunnel would take minutes to say that it is closed. */
  #lost(socket: WebSocket): void {
    socket.close();
    this.#closed(socket, 1006, 'given up');
  }

  #closed(socket: WebSocket, code: number, reason: string): void {
    if (socket !== this.#socket) return;
    const ending = endings[code];
    if (ending !== undefined) {
      this.close(ending.event, new ZIMError(ending.code, reason));
      return;
    }
    this.#drop(null);
    if (this.#credentials === null) return;
    const isFirst = this.#firstLogin !== null;
    this.#move(
      isFirst ? ZIMConnectionState.Connecting : ZIMConnectionState.Reconnecting,
      ZIMConnectionEvent.Interrupted,
    );
    this.#retry = setTimeout(() => this.#connect(), backoffMs(this.#failures, chance));
    this.#failures += 1;
  }

  #drop(code: number | null): void {
    if (this.#pulse !== null) clearInterval(this.#pulse);
    this.#pulse = null;
    const socket = this.#socket;
    this.#socket = null;
    if (code !== null) socket?.close(code);
    this.#questions.abandon();
  }

  #startPulse(everyMs: number): void {
    this.#pulse = setInterval(() => {
      const isSilent = now() - this.#lastHeardAt > lostAfterMs;
      if (isSilent && this.#socket !== null) this.#lost(this.#socket);
      else this.#write({ t: 'ping' });
    }, everyMs);
  }

  #move(state: ZIMConnectionState, event: ZIMConnectionEvent): void {
    if (this.#state === state) return;
    this.#state = state;
    this.events.state(state, event);
  }
}

/** Null for what no server of ours says. */
function parse(text: string): ServerFrame | null {
  try {
    const frame: unknown = JSON.parse(text);
    return frame !== null && typeof frame === 'object' && 't' in frame ? (frame as ServerFrame) : null;
  } catch {
    return null;
  }
}
