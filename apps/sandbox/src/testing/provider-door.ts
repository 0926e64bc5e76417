import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request that a vendor made to a provider. */
export interface ReceivedCall {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** The provider's address for receipts: keeps what comes and answers as it is told to. */
export interface ProviderDoor {
  readonly url: string;
  readonly calls: readonly ReceivedCall[];
  /** From now on every call is answered with this status. */
  answerWith(status: number): void;
  /** Resolves when so many calls have come; rejects after the deadline. */
  received(count: number, deadlineMs?: number): Promise<readonly ReceivedCall[]>;
  close(): Promise<void>;
}

export async function openProviderDoor(): Promise<ProviderDoor> {
  const calls: ReceivedCall[] = [];
  let status = 200;
  let wake: () => void = () => undefined;
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      calls.push({ headers: request.headers, body: body.toString('utf8') });
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end('{"code":"0","message":"success"}');
      wake();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/receipts`,
    calls,
    answerWith: (next) => {
      status = next;
    },
    received: (count, deadlineMs = 10_000) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (calls.length < count) return;
          clearTimeout(deadline);
          resolve(calls);
        };
        const deadline = setTimeout(
          () => reject(new Error(`${calls.length} of ${count} receipts came`)),
          deadlineMs,
        );
        wake = look;
        look();
      }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
