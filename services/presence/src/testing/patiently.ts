import { waitUntil } from '@reveille/bus/testing/wait-until';
import { isRetryable } from '@reveille/contracts/errors';

/** Asks again as a client does, as long as the answer is "not now". */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  let answer: { readonly value: T } | null = null;
  await waitUntil('an answer', async () => {
    try {
      answer = { value: await ask() };
    } catch (error) {
      if (!isRetryable(error)) throw error;
    }
    return answer !== null;
  });
  return (answer as unknown as { readonly value: T }).value;
}
