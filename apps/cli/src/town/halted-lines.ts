import type { ReadyLine } from './ready-line.js';

/** An app's vendor whose credential is refused: its push jobs wait. */
export interface HaltedLine {
  readonly app: string;
  readonly vendor: string;
  /** The vendor's reason, such as `InvalidProviderToken`. */
  readonly cause: string;
  readonly sinceAt: number;
}

/** A part of a service's readiness page. */
export interface ReadyPart {
  readonly name: string;
  readonly isOk: boolean;
  readonly detail: string;
  /** Since when it is so, epoch milliseconds. */
  readonly sinceAt: number;
}

const lineName = /^(\w+) of (\S+)$/;
const refusal = /^credential refused: (.*)$/s;

/** Halted lines as the readiness page of the vendor workers names them. */
export function haltedAmong(parts: readonly ReadyPart[]): HaltedLine[] {
  return parts.flatMap(({ name, isOk, detail, sinceAt }) => {
    const [, vendor, app] = lineName.exec(name) ?? [];
    const cause = refusal.exec(detail)?.[1];
    if (isOk || vendor === undefined || app === undefined || cause === undefined) return [];
    return [{ app, vendor, cause, sinceAt }];
  });
}

/** What the town's workers say now; nothing where none answers. */
export async function readHaltedLines(ready: ReadyLine): Promise<HaltedLine[]> {
  const page = await readReadyPage(`http://127.0.0.1:${ready.ports.vendorWorkers}/readyz`);
  return haltedAmong(page?.parts ?? []);
}

/** A service's readiness page; null while it does not answer. */
export async function readReadyPage(url: string): Promise<{ readonly parts: readonly ReadyPart[] } | null> {
  try {
    return (await (await fetch(url)).json()) as { parts: ReadyPart[] };
  } catch {
    return null;
  }
}

/** `apns of demo is halted: InvalidProviderToken since 2026-01-01T00:00:00.000Z`. */
export function haltedText({ app, vendor, cause, sinceAt }: HaltedLine): string {
  return `${vendor} of ${app} is halted: ${cause} since ${new Date(sinceAt).toISOString()}`;
}
