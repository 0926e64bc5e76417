/** Something that the person at the terminal can mend: shown as one sentence, exit code 1. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
