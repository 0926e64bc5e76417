/** Watches how long the connection to NATS has been away: a short while is waited out, after it clients are sent elsewhere. */
export class LossWatch {
  #timer: NodeJS.Timeout | null = null;
  #isGivenUp = false;

  constructor(
    private readonly graceMs: number,
    private readonly told: { lost(): void; givenUp(): void },
  ) {}

  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  lost(): void {
    this.told.lost();
    this.#timer ??= setTimeout(() => {
      this.#isGivenUp = true;
      this.told.givenUp();
    }, this.graceMs);
  }

  found(): void {
    this.stop();
    this.#isGivenUp = false;
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
