import { closeCode } from '@reveille/contracts/ws/frames';
import { WebSocket } from 'ws';

/** Codes by which ws closes a connection of its own accord, in the words of our protocol. */
const translated: Readonly<Record<number, { code: number; reason: string }>> = {
  1007: { code: closeCode.frameInvalid, reason: 'frames are UTF-8 text' },
  1009: { code: closeCode.frameTooLarge, reason: 'a frame has at most 64 KiB' },
};

/** A WebSocket that says in our own codes what ws refuses while it reads, before anything of it is kept. */
export class LimitedSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    const own = translated[code ?? 0];
    if (own === undefined) super.close(code, reason);
    else super.close(own.code, own.reason);
  }
}
