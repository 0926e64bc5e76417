import type { UserId } from '@reveille/contracts/ids';

/** How many recipients are settled together. */
export const chunkSize = 500;

/** Recipients in an order that every router finds again, each once, in chunks. */
export function cutRecipients(recipients: readonly UserId[]): UserId[][] {
  if (recipients.length === 1) return [[...recipients]];
  const sorted = [...new Set(recipients)].sort(byCodeUnit);
  const chunks: UserId[][] = [];
  for (let start = 0; start < sorted.length; start += chunkSize)
    chunks.push(sorted.slice(start, start + chunkSize));
  return chunks;
}

function byCodeUnit(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
