import { inheritedEnv } from '@reveille/chassis/env';

/** The environment that every child gets: ours, without what is meant for one of them. */
export function inherited(): Record<string, string> {
  const { REVEILLE_CRASH_AT: _one, ...env } = inheritedEnv();
  return env;
}

/** Whether a process answers well at this address. */
export async function isOk(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}
