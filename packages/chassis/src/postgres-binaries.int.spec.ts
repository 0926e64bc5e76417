import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findPostgres } from './postgres-binaries.js';

// Only root has to copy: everybody else runs Postgres under their own account, from where npm has put it.
it.runIf(process.getuid?.() === 0)('copies Postgres into the cache once, and says so', () => {
  const cache = mkdtempSync(join(tmpdir(), 'reveille-cache-'));
  try {
    const said: string[] = [];
    const { folder } = findPostgres(cache, (copy) => void said.push(copy));
    expect(existsSync(join(folder, 'postgres'))).toBe(true);
    expect(said).toEqual([join(folder, '..')]);
    findPostgres(cache, (copy) => void said.push(copy));
    expect(said).toHaveLength(1);
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
});
