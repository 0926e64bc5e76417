import { connect, createServer, type Server, type Socket } from 'node:net';
import { RawClient } from './raw-client.js';
import { until } from './scenario.js';
import type { Town } from './town.js';

/** Before the gateway gives up a connection that says nothing (35 s), another one takes its place. */
const renewedAfterMs = 25_000;
const triesAgainAfterMs = 500;

/**
 * A client whose network dies the moment it has logged in: both ends of its connection stay open, and between them nothing
 * passes any more. What the gateway writes is taken by the kernel and read by nobody.
 */
export class HalfOpenClient {
  readonly #server: Server;
  #ends: Socket[] = [];
  #isClosed = false;
  #renewals = 0;
  #renew: (() => void) | null = null;

  private constructor(gatewayPort: number) {
    this.#server = createServer((near) => {
      const far = connect({ host: '127.0.0.1', port: gatewayPort });
      this.#ends = [near, far];
      near.pipe(far).pipe(near);
      // A network that is gone tells nobody of anything.
      for (const end of this.#ends) end.on('error', () => {});
      far.once('error', () => near.destroy());
    });
  }

  static async start(town: Town, user: string): Promise<HalfOpenClient> {
    const gateway = new URL(town.ready.urls.webSocket);
    const halfOpen = new HalfOpenClient(Number(gateway.port));
    const url = new URL(gateway);
    url.port = String(await listen(halfOpen.#server));
    const token = await town.clientToken(user);
    void halfOpen.#live({ url: url.href, deviceId: `${user}-d`, token, acknowledges: false });
    await until(`${user} is half-open`, () => halfOpen.#renewals > 0);
    return halfOpen;
  }

  /** Its gateway was killed: it logs in anew, and its network dies anew. */
  renew(): void {
    this.#renew?.();
  }

  close(): void {
    this.#isClosed = true;
    this.#renew?.();
    this.#server.close();
  }

  async #live(options: Parameters<typeof RawClient.login>[0]): Promise<void> {
    while (!this.#isClosed) {
      const client = await RawClient.login(options).catch(() => null);
      if (client === null) {
        this.#cut();
        await new Promise((resolve) => setTimeout(resolve, triesAgainAfterMs));
        continue;
      }
      this.#swallow();
      this.#renewals += 1;
      await new Promise<void>((resolve) => {
        this.#renew = resolve;
        setTimeout(resolve, renewedAfterMs).unref();
      });
      this.#renew = null;
      this.#cut();
    }
  }

  #swallow(): void {
    for (const end of this.#ends) end.unpipe().pause();
  }

  #cut(): void {
    for (const end of this.#ends) end.destroy();
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the proxy has no port'));
      else resolve(address.port);
    });
  });
}
