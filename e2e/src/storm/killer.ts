import type { Town } from '../harness/town.js';

export const killEveryMs = 5_000;
export const workers = ['vendor-workers', 'vendor-workers-2'] as const;

/** Kills one worker after the other, one every five seconds, whatever it is doing; as in operation, another one is there. */
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
      const victim = workers[this.#kills % workers.length] as string;
      const pid = this.town.kill(victim);
      this.#kills += 1;
      await this.town.restarted(victim, pid);
    }
  }
}
