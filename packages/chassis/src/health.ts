import { type Clock, systemClock } from './clock.js';

/** What a part of the process says about itself. */
export interface HealthPart {
  readonly name: string;
  readonly isOk: boolean;
  readonly detail: string;
  /** Since when it is well, or is not, epoch milliseconds. */
  readonly sinceAt: number;
}

/**
 * Readiness of a process: ready when it was opened, is not closing, and every part is well. A part that is only reported
 * (`isCritical` false) does not make it unready.
 */
export class Health {
  readonly #parts = new Map<string, HealthPart & { readonly isCritical: boolean }>();
  #isOpen = false;

  constructor(private readonly clock: Clock = systemClock) {}

  /** @param since when it has been so, where that is known better than from this process */
  set(name: string, isOk: boolean, detail = '', isCritical = true, since: number | null = null): void {
    const last = this.#parts.get(name);
    const sinceAt = since ?? (last?.isOk === isOk ? last.sinceAt : this.clock.now());
    this.#parts.set(name, { name, isOk, detail, sinceAt, isCritical });
  }
  forget(name: string): void {
    this.#parts.delete(name);
  }
  /** All is started: readiness now depends on the parts. */
  open(): void {
    this.#isOpen = true;
  }
  /** Stopping: not ready, whatever the parts say. */
  close(): void {
    this.#isOpen = false;
  }
  isReady(): boolean {
    return this.#isOpen && [...this.#parts.values()].every(({ isOk, isCritical }) => isOk || !isCritical);
  }
  parts(): HealthPart[] {
    return [...this.#parts.values()].map(({ name, isOk, detail, sinceAt }) => ({
      name,
      isOk,
      detail,
      sinceAt,
    }));
  }
}
