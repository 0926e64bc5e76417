import type { Town } from '../harness/town.js';

export const killEveryMs = 5_000;
export const workers = ['vendor-workers', 'vendor-workers-2'] as const;

/**
 * Kills one worker after the other, one every five seconds, whatever it is doing; as in operation, another one is there: on a
 * machine that takes longer to start one, the next kill waits for it.
 */
export class Killer {
  /** What it has waited for the other one in all. */
  waitedMs = 0;
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
      const waitsFrom = Date.now();
      await this.town.childReady(workers[(this.#kills + 1) % workers.length] as string);
      this.waitedMs += Date.now() - waitsFrom;
      const pid = this.town.kill(victim);
      this.#kills += 1;
      await this.town.restarted(victim, pid);
    }
  }
}
