import type { InboxItem } from '@reveille/contracts/ask/live';
import type { Platform } from '@reveille/contracts/device/platform';
import type { DeviceId, Instant } from '@reveille/contracts/ids';
import { closeCode, type ServerFrame } from '@reveille/contracts/ws/frames';
import type { WebSocket } from 'ws';
import type { SessionIdentity } from '../../ports.js';
import { writeFrame } from '../../protocol/frame-codec.js';
import type { ConnectionState } from '../../protocol/handshake.js';

export interface Session extends SessionIdentity {
  readonly tokenExpiresAt: Instant;
}

export interface ConnectionWatch {
  /** It is being closed with this code; from now on nothing is sent. */
  closing(connection: ClientConnection, code: number): void;
}

/** What may wait unsent for one client before it counts as one that does not read. */
const unsentLimitBytes = 256 * 1024;
/** Frames that a client may owe an acknowledgement for: one that reads and never acknowledges is as slow. */
const unacknowledgedLimit = 2_000;
/** Frames that may wait for the welcome, which takes one round trip to NATS. */
const earlyLimit = 16;
const longestReason = 120;

/** One client's connection. Nothing is kept per frame: what was written is the socket's, and that is bounded. */
export class ClientConnection {
  state: ConnectionState = 'connecting';
  deviceId: DeviceId | null = null;
  platform: Platform = 'unknown';
  session: Session | null = null;
  isBackground = false;
  framesAtHand = 0;
  #unacknowledged = 0;
  #early: InboxItem[] | null = null;

  constructor(
    readonly socket: WebSocket,
    readonly openedAt: Instant,
    public lastHeardAt: Instant,
    private readonly watch: ConnectionWatch,
  ) {}

  get isClosed(): boolean {
    return this.state === 'closed';
  }

  send(frame: ServerFrame): boolean {
    if (this.isClosed || this.socket.readyState !== this.socket.OPEN) return false;
    if (this.socket.bufferedAmount > unsentLimitBytes) {
      this.#closeAsSlow();
      return false;
    }
    this.socket.send(writeFrame(frame));
    return true;
  }

  /** False when the frame was not written. What comes before the welcome follows it at once. */
  deliver(message: InboxItem): boolean {
    if (this.state === 'opening') {
      this.#early ??= [];
      return this.#early.length < earlyLimit && this.#early.push(message) > 0;
    }
    this.#unacknowledged += 1;
    if (this.#unacknowledged > unacknowledgedLimit) {
      this.#closeAsSlow();
      return false;
    }
    return this.send({ t: 'deliver', message });
  }

  acknowledged(count: number): void {
    this.#unacknowledged = Math.max(0, this.#unacknowledged - count);
  }

  welcome(frame: Extract<ServerFrame, { t: 'welcome' }>): void {
    const early = this.#early ?? [];
    this.#early = null;
    this.state = 'open';
    this.send(frame);
    for (const message of early) this.deliver(message);
  }

  /** Says good-bye with a code of ours (or 1001, 1012). */
  close(code: number, reason: string): void {
    if (this.isClosed) return;
    if (code === closeCode.kicked) this.send({ t: 'kicked', reason });
    // A slow one may have been closed by that very frame.
    if (this.isClosed) return;
    this.state = 'closed';
    this.#early = null;
    this.watch.closing(this, code);
    this.socket.close(code, reason.slice(0, longestReason));
  }

  #closeAsSlow(): void {
    this.close(closeCode.slowReader, 'you do not read: what you missed is in your inbox');
  }
}
