import type { VendorToken } from '../../phones.js';

/** A topic name may carry the old prefix. */
const prefix = '/topics/';

/** Which app instances listen to which topic of a project. */
export class FcmTopics {
  readonly #members = new Map<string, Set<VendorToken>>();

  subscribe(projectId: string, topic: string, record: VendorToken): void {
    const key = keyOf(projectId, topic);
    const members = this.#members.get(key) ?? new Set();
    this.#members.set(key, members.add(record));
  }

  /** False when it did not listen. */
  unsubscribe(projectId: string, topic: string, record: VendorToken): boolean {
    return this.#members.get(keyOf(projectId, topic))?.delete(record) ?? false;
  }

  /** The living tokens that a topic, or a condition over topics, reaches. */
  receivers(projectId: string, topic: string | null, condition: string | null): VendorToken[] {
    const reached =
      topic === null ? this.#reachedBy(projectId, condition ?? '') : [...this.#membersOf(projectId, topic)];
    return reached.filter(({ state }) => state === 'active');
  }

  /** A condition is `'a' in topics && ('b' in topics || …)`: || of && of names, one level of brackets left out. */
  #reachedBy(projectId: string, condition: string): VendorToken[] {
    const reached = new Set<VendorToken>();
    for (const branch of condition.replace(/[()]/g, '').split('||')) {
      const names = [...branch.matchAll(/'([^']+)' +in +topics/g)].map(([, name = '']) => name);
      const [first, ...others] = names.map((name) => this.#membersOf(projectId, name));
      for (const member of first ?? []) if (others.every((set) => set.has(member))) reached.add(member);
    }
    return [...reached];
  }

  #membersOf(projectId: string, topic: string): Set<VendorToken> {
    return this.#members.get(keyOf(projectId, topic)) ?? new Set();
  }
}

function keyOf(projectId: string, topic: string): string {
  return `${projectId} ${topic.startsWith(prefix) ? topic.slice(prefix.length) : topic}`;
}
