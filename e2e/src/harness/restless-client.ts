import { RawClient } from './raw-client.js';
import { until } from './scenario.js';
import type { Town } from './town.js';

const triesAgainAfterMs = 500;
const pingsEveryMs = 1_000;

/** A client that comes back after every cut, as long as it lives; one that does not acknowledge looks connected and is silent. */
export class RestlessClient {
  private client: RawClient | null = null;
  private isClosed = false;

  private constructor(readonly user: string) {}

  static async start(town: Town, user: string, acknowledges: boolean): Promise<RestlessClient> {
    const restless = new RestlessClient(user);
    const token = await town.clientToken(user);
    const run = async (): Promise<void> => {
      while (!restless.isClosed) {
        const client = await RawClient.login({
          url: town.ready.urls.webSocket,
          deviceId: `${user}-d`,
          token,
          acknowledges,
        }).catch(() => null);
        restless.client = client;
        if (client === null) {
          await pause(triesAgainAfterMs);
          continue;
        }
        if (acknowledges) await client.readInbox().catch(() => []);
        while (client.closeCode === null && !restless.isClosed) {
          await pause(pingsEveryMs);
          if (client.closeCode === null) client.write({ t: 'ping' });
        }
      }
    };
    void run();
    await until(`${user} is logged in`, () => restless.client !== null);
    return restless;
  }

  /** Ids of everything in the user's inbox, over whatever connection there is. */
  async readInbox(): Promise<string[]> {
    return until(
      `the inbox of ${this.user}`,
      async () => {
        const items = await this.client?.readInbox().catch(() => null);
        return items?.map(({ messageId }) => messageId) ?? null;
      },
      { withinMs: 60_000 },
    );
  }

  close(): void {
    this.isClosed = true;
    this.client?.close();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
