/**
 * Gathers single questions into one: up to `most` of them, or what comes within `withinMs` of the first. A batch that fails
 * fails for everyone in it.
 */
export class Batch<Question, Answer> {
  #open: {
    readonly question: Question;
    readonly resolve: (answer: Answer) => void;
    readonly reject: (error: unknown) => void;
  }[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly ask: (questions: readonly Question[]) => Promise<readonly Answer[]>,
    private readonly most: number,
    private readonly withinMs: number,
  ) {}

  put(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#open.push({ question, resolve, reject });
      if (this.#open.length >= this.most) this.#send();
      else this.#timer ??= setTimeout(() => this.#send(), this.withinMs);
    });
  }

  #send(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const batch = this.#open;
    this.#open = [];
    this.ask(batch.map(({ question }) => question)).then(
      (answers) => {
        for (const [index, { resolve, reject }] of batch.entries()) {
          if (index < answers.length) resolve(answers[index] as Answer);
          else reject(new Error(`${batch.length} questions, ${answers.length} answers`));
        }
      },
      (error: unknown) => {
        for (const { reject } of batch) reject(error);
      },
    );
  }
}
