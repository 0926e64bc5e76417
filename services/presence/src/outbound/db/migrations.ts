import type { Migration } from 'kysely/migration';
import { directory } from './migrations/0001-directory.js';

/** By name, in order; one that has been released is never changed. */
export const migrations: Readonly<Record<string, Migration>> = { '0001-directory': directory };
