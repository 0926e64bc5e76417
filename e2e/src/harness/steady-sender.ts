import { RawClient } from './raw-client.js';
import type { Town } from './town.js';

const answerWithinMs = 5_000;
const triesAgainAfterMs = 200;

/** A sender over a WebSocket that sends a message, always under the same id, until it is answered. */
export class SteadySender {
  #client: Promise<RawClient> | null = null;

  constructor(
    private readonly town: Town,
    private readonly user: string,
  ) {}

  /** The message's id, as the gateway answered it. */
  async send(recipient: string, text: string, clientMessageId: string): Promise<string> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const client = await this.#connected();
        const sent = client.send([recipient], text, { clientMessageId, attempt });
        return (await answered(sent)).messageId;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, triesAgainAfterMs));
      }
    }
  }

  async close(): Promise<void> {
    (await this.#client?.catch(() => null))?.close();
  }

  async #connected(): Promise<RawClient> {
    this.#client ??= this.#logIn();
    try {
      const client = await this.#client;
      if (client.closeCode === null) return client;
    } catch {
      // The gateway is away: it is tried again.
    }
    this.#client = null;
    throw new Error('not connected');
  }

  async #logIn(): Promise<RawClient> {
    return RawClient.login({
      url: this.town.ready.urls.webSocket,
      deviceId: `${this.user}-d`,
      token: await this.town.clientToken(this.user),
    });
  }
}

async function answered<T>(answer: Promise<T>): Promise<T> {
  // Without an answer it goes out again; what comes later is the same answer.
  answer.catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), answerWithinMs);
  });
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}
