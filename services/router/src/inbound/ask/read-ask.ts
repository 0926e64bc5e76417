import type { AskContext } from '@reveille/bus/respond';
import { ContractError } from '@reveille/contracts/errors';

/** The body of an ask. @throws ContractError that quotes nothing of it. */
export function readAsk<T>(
  schema: { parse(body: unknown): T },
  body: unknown,
  { subject }: Pick<AskContext, 'subject'>,
): T {
  try {
    return schema.parse(body);
  } catch (cause) {
    throw new ContractError(`the ask ${subject} does not fit its contract`, { cause });
  }
}
