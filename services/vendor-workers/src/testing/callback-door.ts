import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { ReceiptCallback, ReceiptReading } from '../vendor.js';

/** A bare HTTP server on loopback to which a vendor's simulator posts its receipts. */
export interface CallbackDoor {
  readonly url: string;
  /** What has come so far, as it was read. */
  readonly readings: readonly ReceiptReading[];
  close(): Promise<void>;
}

/** @param read the vendor's reader; its reply goes back to the vendor */
export async function openCallbackDoor(
  read: (callback: ReceiptCallback) => ReceiptReading,
): Promise<CallbackDoor> {
  const readings: ReceiptReading[] = [];
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const { searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      const reading = read({ headers, query: Object.fromEntries(searchParams), body });
      readings.push(reading);
      const { status, contentType, body: reply } = reading.reply;
      response.writeHead(status, { 'content-type': contentType }).end(reply);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/receipts`,
    readings,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
