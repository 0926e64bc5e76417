import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { readEnv } from '@reveille/chassis/env';
import type { ConfigError } from '@reveille/contracts/errors';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from './config.js';

let folder: string;
const file = (name: string, content: string) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const key = () => randomBytes(32).toString('base64');

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'presence-config-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('reads keys and places', () => {
  const config = readConfig(
    readEnv({
      REVEILLE_DATABASE_URL: 'postgres://somewhere/reveille',
      REVEILLE_SEALING_KEYS_FILE: file('sealing', `k2:${key()}\nk1:${key()}\n`),
      REVEILLE_FINGERPRINT_KEY_FILE: file('fingerprint', key()),
      REVEILLE_HTTP_PORT: '7501',
    }),
  );
  expect(config).toMatchObject({ httpPort: 7501, natsUrl: 'nats://127.0.0.1:7420', natsSeed: null });
  expect(config.sealing.keyIds).toEqual(['k2', 'k1']);
  expect(JSON.stringify(config)).not.toContain('somewhere');
});

it('reads when a vendor’s words are too many', () => {
  const read = (more: Record<string, string>) =>
    readConfig(
      readEnv({
        REVEILLE_DATABASE_URL: 'postgres://somewhere/reveille',
        REVEILLE_SEALING_KEYS_FILE: file('sealing', `k1:${key()}`),
        REVEILLE_FINGERPRINT_KEY_FILE: file('fingerprint', key()),
        ...more,
      }),
    );
  expect(read({})).toMatchObject({
    suspicion: { minimum: 20, sharePercent: 30, windowMs: 600_000 },
    keepsDeadForMs: 7 * 86_400_000,
  });
  expect(read({ REVEILLE_SUSPICION_SHARE_PERCENT: '0', REVEILLE_DEAD_TOKEN_DAYS: '0' })).toMatchObject({
    suspicion: { sharePercent: 0 },
    keepsDeadForMs: 0,
  });
  expect(() => read({ REVEILLE_SUSPICION_SHARE_PERCENT: '101' })).toThrow(
    /SHARE_PERCENT must be from 0 to 100/,
  );
});

it('lists what is wrong and repeats no key', () => {
  const short = randomBytes(16).toString('base64');
  const read = () =>
    readConfig(
      readEnv({
        REVEILLE_DATABASE_URL: 'postgres://somewhere/reveille',
        REVEILLE_SEALING_KEYS_FILE: file('sealing', `k1:${short}`),
        REVEILLE_FINGERPRINT_KEY_FILE: file('fingerprint', short),
        REVEILLE_LOG_LEVEL: 'loud',
      }),
    );
  let faults: readonly string[] = [];
  try {
    read();
  } catch (error) {
    ({ faults } = error as ConfigError);
  }
  expect(faults.map((fault) => fault.split(' ')[0]?.replace(/:$/, ''))).toEqual([
    'REVEILLE_LOG_LEVEL',
    'REVEILLE_FINGERPRINT_KEY_FILE',
    'REVEILLE_SEALING_KEYS_FILE',
  ]);
  expect(faults.join('\n')).not.toContain(short);
});
