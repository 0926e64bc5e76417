import type { ReadyLine } from './ready-line.js';
import { readReadyPage, type ReadyPart } from './halted-lines.js';

/** An app's tokens at one vendor that are not deleted, because too many were condemned at once. */
export interface SuspectedLine {
  readonly app: string;
  readonly vendor: string;
  /** What raised the suspicion, in words. */
  readonly cause: string;
  /** Epoch milliseconds. */
  readonly sinceAt: number;
}

const lineName = /^(\w+) tokens of (\S+)$/;
const suspicion = /^suspected: (.*)$/s;

/** Suspected lines as presence's readiness page names them. */
export function suspectedAmong(parts: readonly ReadyPart[]): SuspectedLine[] {
  return parts.flatMap(({ name, isOk, detail, sinceAt }) => {
    const [, vendor, app] = lineName.exec(name) ?? [];
    const cause = suspicion.exec(detail)?.[1];
    if (isOk || vendor === undefined || app === undefined || cause === undefined) return [];
    return [{ app, vendor, cause, sinceAt }];
  });
}

/** What the town's presence says now; nothing where none answers. */
export async function readSuspectedLines(ready: ReadyLine): Promise<SuspectedLine[]> {
  const page = await readReadyPage(`http://127.0.0.1:${ready.ports.presence}/readyz`);
  return suspectedAmong(page?.parts ?? []);
}

/** `fcm tokens of demo are suspected: 60 of 100 pushes condemned their token, since 2026-01-01T00:00:00.000Z: none is deleted`. */
export function suspectedText({ app, vendor, cause, sinceAt }: SuspectedLine): string {
  const since = new Date(sinceAt).toISOString();
  return `${vendor} tokens of ${app} are suspected: ${cause}, since ${since}: none is deleted`;
}
