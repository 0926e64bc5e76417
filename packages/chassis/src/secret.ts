import { inspect } from 'node:util';

/** A value that prints as `[secret]` wherever it lands: logs, JSON, errors, the debugger. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The clear value: call it at the last moment, where it is used. */
  expose(): string {
    return this.#value;
  }
  toString(): string {
    return '[secret]';
  }
  toJSON(): string {
    return '[secret]';
  }
  [inspect.custom](): string {
    return '[secret]';
  }
}
