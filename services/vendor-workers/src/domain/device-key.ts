/** What tells the devices of one message's recipients apart: two of them may have given theirs the same id. */
export function deviceKeyOf({
  user,
  deviceId,
}: {
  readonly user: string;
  readonly deviceId: string;
}): string {
  return `${deviceId}\n${user}`;
}
