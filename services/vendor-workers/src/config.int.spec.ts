import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEnv } from '@reveille/chassis/env';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from './config.js';

let folder: string;
const file = (name: string, content: string) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const key = () => randomBytes(32).toString('base64');
const read = (more: Record<string, string>) =>
  readConfig(readEnv({ REVEILLE_SEALING_KEYS_FILE: file('sealing', `k1:${key()}`), ...more }));

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'workers-config-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('asks for no receipts unless it is told where', () => {
  expect(read({}).receipts).toBeNull();
});

it('knows where vendors call back', () => {
  const { receipts } = read({
    REVEILLE_RECEIPT_URL: 'https://push.example.org/vendors/',
    REVEILLE_RECEIPT_KEY_FILE: file('receipt', key()),
  });
  expect(receipts?.publicUrl).toBe('https://push.example.org/vendors');
  expect(receipts?.keys.pathOf('shop', 'fcm')).toMatch(/^\/receipts\/shop\/fcm\/[A-Za-z0-9_-]{32}$/);
});

it.each([
  [{ REVEILLE_RECEIPT_URL: 'https://push.example.org' }, /REVEILLE_RECEIPT_KEY_FILE is not set/],
  [
    { REVEILLE_RECEIPT_KEY_FILE: '/nowhere' },
    /REVEILLE_RECEIPT_URL is not set, though REVEILLE_RECEIPT_KEY_FILE is/,
  ],
  [
    { REVEILLE_RECEIPT_URL: 'push.example.org', REVEILLE_RECEIPT_KEY_FILE: '/nowhere' },
    /REVEILLE_RECEIPT_URL must be/,
  ],
])('%j is refused', (more, fault) => {
  expect(() => read(more)).toThrow(fault);
});

it('refuses a key that is none, without repeating it', () => {
  const short = randomBytes(16).toString('base64');
  const more = {
    REVEILLE_RECEIPT_URL: 'https://push.example.org',
    REVEILLE_RECEIPT_KEY_FILE: file('short', short),
  };
  expect(() => read(more)).toThrow(/REVEILLE_RECEIPT_KEY_FILE: the receipt key file: line 1/);
  expect(() => read(more)).not.toThrow(short);
});
