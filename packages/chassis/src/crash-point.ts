/** Called at a named point of a handler; in production it does nothing. */
export type CrashPoint = (name: string) => void;

/**
 * Tests kill a process *at* a point, not near it: `REVEILLE_CRASH_AT=router.after-settled` at the first time, `…:3` at the third.
 * SIGKILL, so that nothing is flushed or said good-bye to.
 */
export function createCrashPoints(setting: string | null): CrashPoint {
  if (setting === null || setting === '') return () => {};
  const [name, count = '1'] = setting.split(':');
  let left = Number(count);
  return (reached) => {
    if (reached !== name) return;
    left -= 1;
    if (left <= 0) process.kill(process.pid, 'SIGKILL');
  };
}
