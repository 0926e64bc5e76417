import type { UserId } from '@reveille/contracts/ids';

/**
 * The key that decides a message's partition: the same for both directions of a conversation between two, for a message to many
 * the same as long as sender and recipients are. `digest` makes it short and plain.
 */
export function conversationKeyOf(
  sender: UserId,
  recipients: readonly UserId[],
  digest: (text: string) => string,
): string {
  return digest([...new Set([sender, ...recipients])].sort().join('\0'));
}
