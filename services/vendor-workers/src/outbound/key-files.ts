import { readKeyFile } from '@reveille/chassis/env';
import { UnavailableError } from '@reveille/contracts/errors';
import type { Clock } from '../ports.js';

const keptForMs = 5_000;
const scheme = 'file:';

/**
 * Reads key files by their references; a file that has changed counts a few seconds later.
 * @throws UnavailableError when it cannot be read: what it signs may then be taken neither as right nor as wrong.
 */
export function openKeyFiles(clock: Clock, isDemo: boolean): (reference: string) => string {
  const known = new Map<string, { readonly text: string; readonly readAt: number }>();
  return (reference) => {
    const now = clock.now();
    const last = known.get(reference);
    if (last !== undefined && now - last.readAt < keptForMs) return last.text;
    const content = readKeyFile(reference.slice(scheme.length), isDemo);
    if ('fault' in content) throw new UnavailableError(content.fault);
    known.set(reference, { text: content.text, readAt: now });
    return content.text;
  };
}
