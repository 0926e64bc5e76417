import type { InboxItem } from '@reveille/contracts/ask/live';
import type { Platform } from '@reveille/contracts/device/platform';
import type { AppId, DeviceId, Instant, SessionId, UserId } from '@reveille/contracts/ids';
import { closeCode, type ServerFrame } from '@reveille/contracts/ws/frames';
import type { WebSocket } from 'ws';
import { writeFrame } from '../../protocol/frame-codec.js';
import type { ConnectionState } from '../../protocol/handshake.js';

export interface Session {
  readonly app: AppId;
  readonly user: UserId;
  readonly deviceId: DeviceId;
  readonly sessionId: SessionId;
  readonly tokenExpiresAt: Instant;
}

/** What may wait unsent for one client before it counts as one that does not read. */
const unsentLimitBytes = 256 * 1024;
/** Frames that a client may owe an acknowledgement for: one that reads and never acknowledges is as slow. */
const unacknowledgedLimit = 5_000;

/** One client's connection. Nothing is kept per frame: what was written is the socket's, and that is bounded. */
export class ClientConnection {
  state: ConnectionState = 'connecting';
  deviceId: DeviceId | null = null;
  platform: Platform = 'unknown';
  session: Session | null = null;
  isBackground = false;
  framesAtHand = 0;
  #unacknowledged = 0;

  constructor(
    readonly socket: WebSocket,
    readonly openedAt: Instant,
    public lastHeardAt: Instant,
    private readonly onSlow: (connection: ClientConnection) => void,
  ) {}

  send(frame: ServerFrame): boolean {
    if (this.state === 'closed' || this.socket.readyState !== this.socket.OPEN) return false;
    if (this.socket.bufferedAmount > unsentLimitBytes) {
      this.onSlow(this);
      return false;
    }
    this.socket.send(writeFrame(frame));
    return true;
  }

  deliver(message: InboxItem): boolean {
    this.#unacknowledged += 1;
    if (this.#unacknowledged > unacknowledgedLimit) {
      this.onSlow(this);
      return false;
    }
    return this.send({ t: 'deliver', message });
  }
  acknowledged(count: number): void {
    this.#unacknowledged = Math.max(0, this.#unacknowledged - count);
  }

  /** Says good-bye with a code of ours (or 1001, 1012). */
  close(code: number, reason: string): void {
    if (this.state === 'closed') return;
    if (code === closeCode.kicked) this.send({ t: 'kicked', reason });
    this.state = 'closed';
    this.socket.close(code, reason.slice(0, 120));
  }
}
