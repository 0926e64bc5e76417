import { UnavailableError } from '@reveille/contracts/errors';
import type { Clock } from '../ports.js';
import type { CredentialSource } from './credential-source.js';

const keptForMs = 5_000;

/**
 * Reads the keys that sign callbacks by their references; one that has changed counts a few seconds later.
 * The result throws UnavailableError when a key cannot be read: what it signs may then be taken neither as right nor as wrong.
 */
export function openReceiptKeyReader(
  source: Pick<CredentialSource, 'read'>,
  clock: Clock,
): (reference: string) => Promise<string> {
  const known = new Map<string, { readonly text: string; readonly readAt: number }>();
  return async (reference) => {
    const now = clock.now();
    const last = known.get(reference);
    if (last !== undefined && now - last.readAt < keptForMs) return last.text;
    const content = await source.read(reference);
    if ('fault' in content) throw new UnavailableError(content.fault);
    known.set(reference, { text: content.text, readAt: now });
    return content.text;
  };
}
