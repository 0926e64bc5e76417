import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { checkPorts } from './port-check.js';

describe('a taken port', () => {
  let server: Server;
  afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

  async function take(host: string): Promise<number> {
    server = createServer().listen(0, host);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  it.each(['127.0.0.1', '0.0.0.0'])('is said with its holder and the way out (%s)', async (host) => {
    const port = await take(host);
    const complaint = await checkPorts({ gateway: port }).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(complaint).toMatch(
      new RegExp(`^port ${port} \\(gateway\\) is taken by \\S.* \\(pid ${process.pid}\\): .*--port-base N$`),
    );
    // Node names its processes after a thread: that says nothing about who they are.
    expect(complaint).not.toContain('MainThread');
    expect(complaint).not.toContain('\n');
  });

  it('is free again afterwards', async () => {
    const port = await take('127.0.0.1');
    server.close();
    await once(server, 'close');
    await expect(checkPorts({ gateway: port, sandbox: null })).resolves.toBeUndefined();
  });
});
