import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Ledger } from './ledger.js';
import type { NewLedgerEntry } from './ledger-entry.js';
import { summarise } from './ledger-summary.js';

let folder: string;
const path = (): string => join(folder, 'ledger.jsonl');
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reveille-ledger-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const entry = (token: string, changes: Partial<NewLedgerEntry> = {}): NewLedgerEntry => ({
  arrivedAt: 1,
  vendor: 'apns',
  environment: 'production',
  token,
  phoneId: null,
  topic: 'app',
  vendorId: null,
  apnsId: null,
  collapseId: null,
  tag: null,
  pushType: null,
  status: 200,
  reason: null,
  retryAfterSeconds: null,
  effect: 'shown',
  fault: null,
  traceparent: null,
  connection: 1,
  stream: 1,
  payload: '{"aps":{"alert":"žluťoučký 🐈"}}',
  ...changes,
});

test('entries come back in order, by token and from a cursor', async () => {
  const ledger = await Ledger.open(path());
  for (const token of ['a', 'b', 'a', 'c', 'a']) ledger.append(entry(token));
  const sequences = async (token: string | null, since = 0, limit = 10): Promise<number[]> =>
    (await ledger.read({ token, since, limit })).map(({ sequence }) => sequence);
  expect(await sequences(null)).toEqual([1, 2, 3, 4, 5]);
  expect(await sequences('a')).toEqual([1, 3, 5]);
  expect(await sequences('a', 1, 1)).toEqual([3]);
  expect(await sequences(null, 3)).toEqual([4, 5]);
  expect(await sequences('nobody')).toEqual([]);
  expect((await ledger.read({ token: 'c', since: 0, limit: 1 }))[0]?.payload).toContain('🐈');
  await ledger.close();
});

test('what comes while a reader or a clearing waits for the disk does not disturb it', async () => {
  const ledger = await Ledger.open(path());
  ledger.append(entry('a'));
  const afterDisk = (): Promise<number> => ledger.flush().then(() => ledger.append(entry('b')));
  const late = afterDisk();
  expect(await ledger.read({ token: null, since: 0, limit: 10 })).toHaveLength(1);
  expect(await late).toBe(2);
  const later = afterDisk();
  await ledger.clear();
  await later;
  ledger.append(entry('c'));
  const left = await ledger.read({ token: null, since: 0, limit: 10 });
  expect(left.at(-1)?.token).toBe('c');
  await ledger.close();
});

test('a restart finds them again, and a half-written line is the end', async () => {
  const first = await Ledger.open(path());
  for (let at = 0; at < 3; at++) first.append(entry('a'));
  await first.close();
  appendFileSync(path(), '{"sequence":4,"token":"a","payl');
  const second = await Ledger.open(path());
  expect(second.count).toBe(3);
  expect(second.append(entry('a'))).toBe(4);
  expect((await second.read({ token: 'a', since: 2, limit: 10 })).map(({ sequence }) => sequence)).toEqual([
    3, 4,
  ]);
  await second.close();
});

test('sequences go on after it was cleared', async () => {
  const ledger = await Ledger.open(path());
  ledger.append(entry('a'));
  await ledger.clear();
  expect(ledger.count).toBe(0);
  expect(ledger.append(entry('a'))).toBe(2);
  expect((await ledger.read({ token: null, since: 0, limit: 10 })).map(({ sequence }) => sequence)).toEqual([
    2,
  ]);
  await ledger.close();
});

test('the summary counts by token and collapse id', async () => {
  const ledger = await Ledger.open(path());
  ledger.append(entry('a', { collapseId: 'm1' }));
  ledger.append(entry('a', { collapseId: 'm1', status: 503, effect: null }));
  ledger.append(entry('a', { collapseId: 'm1', status: null, fault: 'cut-after' }));
  ledger.append(entry('a', { collapseId: 'm2' }));
  ledger.append(entry('b', { tag: 'm1' }));
  expect(await summarise(ledger, 'a')).toMatchObject([
    {
      collapse: 'm1',
      requests: 3,
      accepted: 2,
      statuses: [
        { status: 200, count: 1 },
        { status: 503, count: 1 },
        { status: null, count: 1 },
      ],
    },
    { collapse: 'm2', requests: 1, accepted: 1 },
  ]);
  expect(await summarise(ledger, null)).toHaveLength(3);
  await ledger.close();
});

test('a hundred thousand entries cost no memory worth naming', async () => {
  const ledger = await Ledger.open(path());
  const tokens = Array.from({ length: 100 }, (_, at) => `token-${at}`);
  for (let at = 0; at < 100_000; at++) ledger.append(entry(tokens[at % 100] ?? '', { payload: null }));
  expect(
    (await ledger.read({ token: 'token-7', since: 99_900, limit: 10 })).map(({ sequence }) => sequence),
  ).toEqual([99_908]);
  expect(await ledger.read({ token: null, since: 99_990, limit: 50_000 })).toHaveLength(10);
  let scanned = 0;
  for await (const run of ledger.scan()) for (const { sequence } of run) expect(sequence).toBe(++scanned);
  expect(scanned).toBe(100_000);
  await ledger.close();
});
