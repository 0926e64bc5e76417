import type { Migration } from 'kysely/migration';
import { directory } from './migrations/0001-directory.js';
import { pushLines } from './migrations/0002-push-lines.js';

/** By name, in order; one that has been released is never changed. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-directory': directory,
  '0002-push-lines': pushLines,
};
