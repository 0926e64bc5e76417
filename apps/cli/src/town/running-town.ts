import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { AppKeys, ReadyLine } from './ready-line.js';
import { UsageError } from '../usage-error.js';
import { isTaken } from './data-lock.js';

/** Where `up` keeps its state unless `--data` says otherwise. */
export const defaultDataFolder = '.reveille';

/** Where `up` writes down what it has started; it stays when the town ends, for who reads its log later. */
export const readyFile = (data: string): string => join(resolve(data), 'ready.json');

export const isRunning = (data: string): boolean => isTaken(resolve(data));

/** The town that runs on this folder. @throws UsageError that says how to start one. */
export function readReady(data: string): ReadyLine {
  if (isRunning(data)) return readLastReady(data);
  throw new UsageError(
    `no town runs on ${data}: start one with "./reveille up", or name its folder with --data DIR`,
  );
}

/** The town that runs, or last ran, on this folder. */
export function readLastReady(data: string): ReadyLine {
  try {
    return JSON.parse(readFileSync(readyFile(data), 'utf8')) as ReadyLine;
  } catch (cause) {
    throw new UsageError(
      `there was never a town in ${data}: start one with "./reveille up", or name its folder with --data DIR`,
      { cause },
    );
  }
}

/** The keys of one of the town's apps. */
export function appOf(ready: ReadyLine, app: string | undefined): AppKeys {
  const id = app ?? ready.app.id;
  const keys = ready.apps.find((candidate) => candidate.id === id);
  if (keys === undefined)
    throw new UsageError(
      `the town has no app "${id}"; it has ${ready.apps.map((known) => known.id).join(', ')}`,
    );
  return keys;
}

/** The secret on the last line of a key file; the lines above it say what it is. */
export function secretIn(file: string): string {
  return readFileSync(file, 'utf8').trim().split('\n').at(-1) ?? '';
}

/** The key block of a PEM file, without the lines above it. */
export function pemIn(file: string): string {
  const text = readFileSync(file, 'utf8');
  return text.slice(text.indexOf('-----BEGIN'));
}
