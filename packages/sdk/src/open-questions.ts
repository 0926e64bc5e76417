import type { ServerFrame } from '@reveille/contracts/ws/frames';
import { ZIMError } from './zim-error.js';

interface Waiting {
  readonly settle: (frame: ServerFrame) => void;
  readonly reject: (error: ZIMError) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** Frames that were sent and wait for the frame that answers them. */
export class OpenQuestions {
  #lastId = 0;
  readonly #waiting = new Map<string, Waiting>();

  constructor(private readonly timeoutMs: number) {}

  /** An id for the next frame, and its answer. @throws ZIMError: the server's refusal, or `network` when nothing comes. */
  open<T extends ServerFrame['t']>(type: T): { id: string; answer: Promise<Extract<ServerFrame, { t: T }>> } {
    this.#lastId += 1;
    const id = `s${this.#lastId}`;
    const answer = new Promise<Extract<ServerFrame, { t: T }>>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new ZIMError('network', `no ${type} within ${this.timeoutMs} ms`));
      }, this.timeoutMs);
      const settle = (frame: ServerFrame): void => {
        if (isOf(frame, type)) resolve(frame);
        else if (frame.t === 'error') reject(new ZIMError(frame.code, frame.message, frame.retryAfterMs));
        else reject(new ZIMError('frame-invalid', `wanted ${type}, got ${frame.t}`));
      };
      this.#waiting.set(id, { settle, reject, timer });
    });
    return { id, answer };
  }

  /** False for a frame that nobody waits for. */
  answered(frame: ServerFrame): boolean {
    const id = 'id' in frame ? frame.id : undefined;
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (waiting === undefined || id === undefined) return false;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    waiting.settle(frame);
    return true;
  }

  /** The connection is gone and with it the answers: who asked asks again, or tells. */
  abandon(): void {
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new ZIMError('network', 'the connection was lost'));
    }
    this.#waiting.clear();
  }
}

function isOf<T extends ServerFrame['t']>(
  frame: ServerFrame,
  type: T,
): frame is Extract<ServerFrame, { t: T }> {
  return frame.t === type;
}
