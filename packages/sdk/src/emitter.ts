/** Typed events; a listener that throws does not keep the others from hearing. */
export class Emitter<Events extends Record<string, unknown>> {
  readonly #listeners = new Map<keyof Events, Set<(data: never) => void>>();

  on<Name extends keyof Events>(name: Name, listener: (data: Events[Name]) => void): void {
    const listeners = this.#listeners.get(name) ?? new Set();
    listeners.add(listener as (data: never) => void);
    this.#listeners.set(name, listeners);
  }
  off<Name extends keyof Events>(name: Name, listener?: (data: Events[Name]) => void): void {
    if (listener === undefined) this.#listeners.delete(name);
    else this.#listeners.get(name)?.delete(listener as (data: never) => void);
  }
  emit<Name extends keyof Events>(name: Name, data: Events[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        listener(data as never);
      } catch (error) {
        // The app's own fault: it is told where such faults are told, and the next listener still hears.
        reportError(error);
      }
    }
  }
}

function reportError(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
