import type { AppId, SessionId, UserId } from '@reveille/contracts/ids';

interface Registered {
  readonly session: { readonly app: AppId; readonly user: UserId; readonly sessionId: SessionId } | null;
}

/** The open connections of this gateway, by user and by session. Tells when the first one of a user comes and the last one goes. */
export class ConnectionRegistry<Connection extends Registered> {
  readonly #byUser = new Map<string, Set<Connection>>();
  readonly #bySession = new Map<SessionId, Connection>();

  constructor(
    private readonly users: {
      arrived(app: AppId, user: UserId): Promise<void>;
      left(app: AppId, user: UserId): void;
    },
  ) {}

  /** Resolves when the user is heard of here: from then on a live ask reaches this gateway. */
  async add(connection: Connection): Promise<void> {
    const { session } = connection;
    if (session === null) return;
    const key = keyOf(session.app, session.user);
    const connections = this.#byUser.get(key) ?? new Set();
    connections.add(connection);
    this.#byUser.set(key, connections);
    this.#bySession.set(session.sessionId, connection);
    await this.users.arrived(session.app, session.user);
  }

  remove(connection: Connection): void {
    const { session } = connection;
    if (session === null || this.#bySession.get(session.sessionId) !== connection) return;
    this.#bySession.delete(session.sessionId);
    const key = keyOf(session.app, session.user);
    const connections = this.#byUser.get(key);
    connections?.delete(connection);
    if (connections?.size !== 0) return;
    this.#byUser.delete(key);
    this.users.left(session.app, session.user);
  }

  of(app: AppId, user: UserId): readonly Connection[] {
    return [...(this.#byUser.get(keyOf(app, user)) ?? [])];
  }
  bySession(sessionId: SessionId): Connection | null {
    return this.#bySession.get(sessionId) ?? null;
  }
  get size(): number {
    return this.#bySession.size;
  }
}

const keyOf = (app: AppId, user: UserId): string => `${app} ${user}`;
