import {
  connect,
  nkeyAuthenticator,
  type NatsConnection,
  type PermissionViolationError,
} from '@nats-io/transport-node';

/** A bare NATS client under one identity, which keeps every refusal that the server tells it. */
export interface Identity {
  readonly name: string;
  readonly nc: NatsConnection;
  /** The server's own sentences, by operation and subject. */
  refusal(operation: 'publish' | 'subscription', subject: string): string | null;
  /** Resolves when the server has seen everything that was sent before, and has answered it. */
  settle(): Promise<void>;
}

export async function connectIdentity(url: string, name: string, seed: string): Promise<Identity> {
  const nc = await connect({
    servers: url,
    name,
    authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)),
    inboxPrefix: `_INBOX.${name}`,
    reconnect: false,
  });
  const refusals = new Map<string, string>();
  void (async () => {
    for await (const status of nc.status()) {
      if (status.type !== 'error' || status.error.name !== 'PermissionViolationError') continue;
      const { operation, subject, message } = status.error as PermissionViolationError;
      refusals.set(`${operation} ${subject}`, message);
    }
  })();
  return {
    name,
    nc,
    refusal: (operation, subject) => refusals.get(`${operation} ${subject}`) ?? null,
    async settle() {
      await nc.flush();
      // The refusals come before the PONG, but through an iterator of the client's.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
