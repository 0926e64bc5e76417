import { inheritedEnv } from '@reveille/chassis/env';

/** The environment that every child gets: ours, without what is meant for one of them. */
export function inherited(): Record<string, string> {
  const { REVEILLE_CRASH_AT: _one, ...env } = inheritedEnv();
  return env;
}

const answerTimeoutMs = 2_000;

/** Whether a process answers well at this address, and soon: one that takes a question and is silent is not ready. */
export async function isOk(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(answerTimeoutMs) })).ok;
  } catch {
    return false;
  }
}
