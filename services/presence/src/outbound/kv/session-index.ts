import type { AppId, DeviceId, SessionId, UserId } from '@reveille/contracts/ids';
import type { SessionRecord } from '@reveille/contracts/session/events';
import type { SessionView } from '../../ports.js';

const nobody: readonly SessionView[] = [];

/** All sessions in memory, found by user and by device. */
export class SessionIndex {
  readonly #byKey = new Map<string, SessionView>();
  readonly #byUser = new Map<string, SessionView[]>();
  readonly #byDevice = new Map<string, SessionView[]>();

  /** A session that is known keeps its place in the order. */
  put(app: AppId, record: SessionRecord, revision: number): void {
    const key = keyOf(app, record.sessionId);
    const known = this.#byKey.get(key);
    this.remove(app, record.sessionId);
    const view = { app, record, revision: known?.revision ?? revision };
    this.#byKey.set(key, view);
    insert(this.#byUser, keyOf(app, record.user), view);
    insert(this.#byDevice, keyOf(app, record.deviceId), view);
  }

  remove(app: AppId, sessionId: SessionId): void {
    const key = keyOf(app, sessionId);
    const view = this.#byKey.get(key);
    if (view === undefined) return;
    this.#byKey.delete(key);
    take(this.#byUser, keyOf(app, view.record.user), view);
    take(this.#byDevice, keyOf(app, view.record.deviceId), view);
  }

  clear(): void {
    for (const index of [this.#byKey, this.#byUser, this.#byDevice]) index.clear();
  }

  /** Oldest first. */
  ofUser(app: AppId, user: UserId): readonly SessionView[] {
    return this.#byUser.get(keyOf(app, user)) ?? nobody;
  }

  ofDevice(app: AppId, deviceId: DeviceId): readonly SessionView[] {
    return this.#byDevice.get(keyOf(app, deviceId)) ?? nobody;
  }

  all(): Iterable<SessionView> {
    return this.#byKey.values();
  }

  get size(): number {
    return this.#byKey.size;
  }
}

/** An app id holds no dot. */
function keyOf(app: AppId, id: string): string {
  return `${app}.${id}`;
}

function insert(index: Map<string, SessionView[]>, key: string, view: SessionView): void {
  const views = [...(index.get(key) ?? []), view].sort((a, b) => a.revision - b.revision);
  index.set(key, views);
}

function take(index: Map<string, SessionView[]>, key: string, view: SessionView): void {
  const left = (index.get(key) ?? []).filter((other) => other !== view);
  if (left.length === 0) index.delete(key);
  else index.set(key, left);
}
