/** Typed events; a listener that throws does not keep the others from hearing. */
export class Emitter<Events extends object> {
  readonly #listeners: { [Name in keyof Events]?: Set<(data: Events[Name]) => void> } = {};

  on<Name extends keyof Events>(name: Name, listener: (data: Events[Name]) => void): void {
    (this.#listeners[name] ??= new Set()).add(listener);
  }
  off<Name extends keyof Events>(name: Name, listener?: (data: Events[Name]) => void): void {
    if (listener === undefined) delete this.#listeners[name];
    else this.#listeners[name]?.delete(listener);
  }
  emit<Name extends keyof Events>(name: Name, data: Events[Name]): void {
    for (const listener of this.#listeners[name] ?? []) {
      try {
        listener(data);
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
