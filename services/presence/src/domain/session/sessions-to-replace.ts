import type { AppId } from '@reveille/contracts/ids';
import type { SessionRecord } from '@reveille/contracts/session/events';

export interface RevisedSession {
  readonly app: AppId;
  readonly record: SessionRecord;
  readonly revision: number;
}

/** Devices of one user that may be online at once. */
export const mostDevicesOnline = 10;

/**
 * Which sessions end because this one opened: older ones of the same device, whoever's they are, and the user's oldest
 * above ten devices. Only older records count, so two sessions that open at once never end each other.
 */
export function sessionsToReplace(
  opened: RevisedSession,
  known: readonly RevisedSession[],
): readonly RevisedSession[] {
  const older = new Map(
    known
      .filter(({ revision }) => revision < opened.revision)
      .map((session) => [session.record.sessionId, session]),
  );
  older.delete(opened.record.sessionId);
  const sameDevice = [...older.values()].filter(({ record }) => record.deviceId === opened.record.deviceId);
  const others = [...older.values()]
    .filter(({ record }) => record.user === opened.record.user && record.deviceId !== opened.record.deviceId)
    .sort((a, b) => a.revision - b.revision);
  const surplus = Math.max(0, others.length + 1 - mostDevicesOnline);
  return [...sameDevice, ...others.slice(0, surplus)];
}
