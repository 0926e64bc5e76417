/** What happens to the one connection, for the windows and loops that live on it. */
export interface ConnectionListener {
  disconnected?(): void;
  /** The connection is up again and the subscriptions are restored; `epoch` grows with each one. */
  connected?(epoch: number): void;
  /** The server refused a subject to this identity; `text` is its own sentence. */
  refused?(operation: 'publish' | 'subscription', subject: string, text: string): void;
  /** This process has ended the pause of a consumer. */
  resumed?(stream: string, consumer: string): void;
}

/** Tells every listener; one that throws is a bug and is not caught. */
export class ConnectionEvents {
  readonly #listeners = new Set<ConnectionListener>();

  /** Returns what takes the listener away again. */
  add(listener: ConnectionListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  disconnected(): void {
    for (const listener of this.#listeners) listener.disconnected?.();
  }

  connected(epoch: number): void {
    for (const listener of this.#listeners) listener.connected?.(epoch);
  }

  refused(operation: 'publish' | 'subscription', subject: string, text: string): void {
    for (const listener of this.#listeners) listener.refused?.(operation, subject, text);
  }

  resumed(stream: string, consumer: string): void {
    for (const listener of this.#listeners) listener.resumed?.(stream, consumer);
  }
}
