import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';

/** A port that cannot be had; the message is for whoever started the process. */
export class PortUnavailableError extends Error {
  override readonly name = 'UnavailableError';
}

/** Listens and gives the port, which differs from the wanted one only when that is 0. */
export async function listenOn(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown fault';
    const why = code === 'EADDRINUSE' ? 'is taken' : `cannot be used (${code})`;
    throw new PortUnavailableError(`port ${port} on ${host} ${why}`, { cause });
  }
  return (server.address() as AddressInfo).port;
}
