import type { ReadyLine } from './ready-line.js';

/** An app's vendor whose line is shut: its push jobs wait. */
export interface HaltedLine {
  readonly app: string;
  readonly vendor: string;
  /** The vendor's reason, such as `InvalidProviderToken`; what is not about the credential says so. */
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
const trouble = /^(?:vendor out|tokens condemned): .*$/s;
const quotaName = /^quota (.+) of (\w+) of (\S+)$/;

/** Halted lines as the readiness page of the vendor workers names them. */
export function haltedAmong(parts: readonly ReadyPart[]): HaltedLine[] {
  return parts.flatMap(({ name, isOk, detail, sinceAt }) => {
    const [, vendor, app] = lineName.exec(name) ?? [];
    const cause = refusal.exec(detail)?.[1] ?? trouble.exec(detail)?.[0];
    if (isOk || vendor === undefined || app === undefined || cause === undefined) return [];
    return [{ app, vendor, cause, sinceAt }];
  });
}

/** A vendor's daily quota of an app, as far as it was drawn on today. */
export interface QuotaLine {
  readonly app: string;
  readonly vendor: string;
  readonly quota: string;
  readonly isSpent: boolean;
  /** How much is taken of how much, and when it renews. */
  readonly detail: string;
}

/** Quotas as the readiness page of the vendor workers names them. */
export function quotasAmong(parts: readonly ReadyPart[]): QuotaLine[] {
  return parts.flatMap(({ name, isOk, detail }) => {
    const [, quota, vendor, app] = quotaName.exec(name) ?? [];
    if (quota === undefined || vendor === undefined || app === undefined) return [];
    return [{ app, vendor, quota, isSpent: !isOk, detail }];
  });
}

/** What the town's workers say now; nothing where none answers. */
export async function readHaltedLines(ready: ReadyLine): Promise<HaltedLine[]> {
  return haltedAmong(await readWorkerParts(ready));
}

/** As `readHaltedLines`. */
export async function readQuotas(ready: ReadyLine): Promise<QuotaLine[]> {
  return quotasAmong(await readWorkerParts(ready));
}

async function readWorkerParts(ready: ReadyLine): Promise<readonly ReadyPart[]> {
  const page = await readReadyPage(`http://127.0.0.1:${ready.ports.vendorWorkers}/readyz`);
  return page?.parts ?? [];
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
