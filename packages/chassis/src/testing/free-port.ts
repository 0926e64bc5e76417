import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below what systems hand out of their own: nobody is given one of these by chance, for a connection or as any free port. */
const [lowest, highest] = [30_100, 32_700];

/**
 * A port on loopback that nobody has now. Nobody else who asks here gets it as long as this process lives (the port above it is
 * held for that), so that a server may be stopped and started again on it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest / 2, highest / 2) * 2;
    if ((await isTaken(port + 1, 'kept')) || (await isTaken(port, 'left'))) continue;
    return port;
  }
}

function isTaken(port: number, afterwards: 'kept' | 'left'): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(true));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      if (afterwards === 'left') return probe.close(() => resolve(false));
      probe.unref();
      resolve(false);
    });
  });
}
