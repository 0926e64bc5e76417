import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readAppsFile } from './apps-file.js';

it('complains about apps.yaml in one sentence that names the file once, and what is missing or does not fit', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reveille-apps-'));
  const path = join(folder, 'apps.yaml');
  try {
    writeFileSync(
      path,
      'apps:\n  - app: demo\n    ttlSeconds: soon\n    vendors: { fcm: { projectId: p } }\n',
    );
    expect(() => readAppsFile(path)).toThrow(
      new RegExp(
        `^mend ${path}: apps\\.0\\.vendors\\.fcm\\.credential is missing; apps\\.0\\.ttlSeconds does not fit \\(expected number.*\\)$`,
      ),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
