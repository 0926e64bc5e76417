import type { Town } from '../harness/town.js';

export const killEveryMs = 5_000;

/** Kills the worker every five seconds, whatever it is doing. */
export class Killer {
  #kills = 0;
  #isOver = false;
  readonly #working: Promise<void>;

  constructor(private readonly town: Town) {
    this.#working = this.#work();
  }

  async stop(): Promise<number> {
    this.#isOver = true;
    await this.#working;
    return this.#kills;
  }

  async #work(): Promise<void> {
    while (!this.#isOver) {
      await new Promise((resolve) => setTimeout(resolve, killEveryMs));
      if (this.#isOver) return;
      const pid = this.town.kill('vendor-workers');
      this.#kills += 1;
      await this.town.restarted('vendor-workers', pid);
    }
  }
}
