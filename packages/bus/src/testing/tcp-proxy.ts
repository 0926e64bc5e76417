import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A wire between a client and a server that a test can spoil. */
export interface TcpProxy {
  readonly url: string;
  /** What the server says from now on is lost; what the client says still arrives. */
  swallowAnswers(): void;
  /** Cuts every connection; new ones work again. */
  cut(): void;
  stop(): Promise<void>;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let swallows = false;
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        target.destroy();
      });
    }
    client.on('data', (chunk) => target.write(chunk));
    target.on('data', (chunk) => {
      if (!swallows) client.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const cut = () => {
    swallows = false;
    for (const socket of [...sockets]) socket.destroy();
  };
  return {
    url: `nats://127.0.0.1:${address.port}`,
    swallowAnswers: () => {
      swallows = true;
    },
    cut,
    async stop() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
