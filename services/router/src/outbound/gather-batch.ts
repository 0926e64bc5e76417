/** How questions are gathered. */
export interface GatherOptions<Question, Answer> {
  readonly maxSize: number;
  readonly maxDelayMs: number;
  /** Answers in the order of the questions; when it fails, all of them fail. */
  readonly run: (questions: Question[]) => Promise<readonly Answer[]>;
}

interface Waiting<Question, Answer> {
  readonly question: Question;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Makes one question of all those that come within `maxDelayMs`, up to `maxSize` of them. */
export function gatherBatch<Question, Answer>({
  maxSize,
  maxDelayMs,
  run,
}: GatherOptions<Question, Answer>): (question: Question) => Promise<Answer> {
  let waiting: Waiting<Question, Answer>[] = [];
  let timer: NodeJS.Timeout | null = null;
  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const batch = waiting;
    waiting = [];
    void answer(batch, run);
  };
  return (question) =>
    new Promise((resolve, reject) => {
      waiting.push({ question, resolve, reject });
      if (waiting.length >= maxSize) flush();
      else timer ??= setTimeout(flush, maxDelayMs);
    });
}

async function answer<Question, Answer>(
  batch: readonly Waiting<Question, Answer>[],
  run: GatherOptions<Question, Answer>['run'],
): Promise<void> {
  try {
    const answers = await run(batch.map(({ question }) => question));
    if (answers.length !== batch.length)
      throw new Error(`${batch.length} questions, ${answers.length} answers`);
    for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as Answer);
  } catch (error) {
    for (const { reject } of batch) reject(error);
  }
}
