import type { Crowd } from './crowd.js';

const perSecond = 4;

/** A few pushes a second until it is told to stop. */
export class Steady {
  #isOver = false;
  readonly #running: Promise<void>;

  constructor(private readonly crowd: Crowd) {
    this.#running = this.#run();
  }

  stop(): Promise<void> {
    this.#isOver = true;
    return this.#running;
  }

  async #run(): Promise<void> {
    for (let index = 0; !this.#isOver; index += 1) {
      await this.crowd.send(index, 1);
      await new Promise((resolve) => setTimeout(resolve, 1_000 / perSecond));
    }
  }
}
