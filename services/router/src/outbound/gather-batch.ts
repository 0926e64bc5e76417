import { isRetryable } from '@reveille/contracts/errors';

/** How questions are gathered. */
export interface GatherOptions<Question, Answer> {
  readonly maxSize: number;
  readonly maxDelayMs: number;
  /** Answers in the order of the questions. */
  readonly run: (questions: Question[]) => Promise<readonly Answer[]>;
}

interface Waiting<Question, Answer> {
  readonly question: Question;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes one question of all those that come within `maxDelayMs`, up to `maxSize` of them. A fault that may pass is everybody's;
 * any other is looked for in ever smaller parts, so that a question without an answer does not take its neighbours with it.
 */
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
    if (batch.length > 1 && !isRetryable(error)) {
      const middle = Math.ceil(batch.length / 2);
      await Promise.all([answer(batch.slice(0, middle), run), answer(batch.slice(middle), run)]);
      return;
    }
    for (const { reject } of batch) reject(error);
  }
}
