import { z } from 'zod';

/**
 * `im.ask.dead-letter.redrive` and `.drop`, from the operator alone. Refused with `dead-letter-unknown`, `dead-letter-settled`
 * (it was redriven or dropped before) or `dead-letter-unfit` (what is left of it cannot be begun again).
 */
export const settleDeadLetterAskSchema = z.object({
  /** The letter's position in DEAD_LETTERS. */
  letter: z.number().int().min(1),
  by: z.string().min(1).max(200),
  because: z.string().max(500).nullable(),
});
export type SettleDeadLetterAsk = z.infer<typeof settleDeadLetterAskSchema>;
export const settleDeadLetterAnswerSchema = z.object({ settled: z.enum(['redriven', 'dropped']) });
export type SettleDeadLetterAnswer = z.infer<typeof settleDeadLetterAnswerSchema>;

/** `im.ask.rerun.<consumer>`: the owner's handler runs again on a fact that is stored. */
export const rerunAskSchema = z.object({ sequence: z.number().int().min(1) });
export const rerunAnswerSchema = z.object({ done: z.literal(true) });
