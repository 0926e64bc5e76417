import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Accounts } from './accounts.js';
import type { EventHub } from './event-hub.js';
import { Journal } from './journal.js';
import { Ledger } from './ledger.js';
import { Phones } from './phones.js';
import type { RandomSource } from './random-source.js';
import { readScreens, recallPhones, writeScreens } from './recall.js';
import type { Clock } from './sandbox-clock.js';
import type { OpenVendor } from './sandbox-vendor.js';

/** What the sandbox knows and keeps in its state folder. */
export interface Shelf {
  readonly phones: Phones;
  readonly accounts: Accounts;
  readonly ledger: Ledger;
  readonly journal: Journal;
  /** Takes up what earlier runs left. Called once, when the vendors are open. */
  recall(): void;
  /** Writes what is only kept at a clean stop. */
  close(): Promise<void>;
}

/** Opens the state folder, made if it is not there. `vendors` is filled before `recall` is called. */
export async function openShelf(
  folder: string,
  clock: Clock,
  random: RandomSource,
  events: EventHub,
  vendors: ReadonlyMap<string, OpenVendor>,
): Promise<Shelf> {
  mkdirSync(folder, { recursive: true });
  const journal = new Journal(join(folder, 'registrations.jsonl'));
  const phones = new Phones(clock, random, events, journal, vendors);
  const accounts = new Accounts(vendors, journal);
  const screensFile = join(folder, 'screens.json');
  const ledger = await Ledger.open(join(folder, 'ledger.jsonl'));
  const recall = (): void => {
    for (const line of journal.read()) {
      recallPhones(line, phones);
      accounts.recall(line);
      for (const vendor of vendors.values()) vendor.recall(line);
    }
    if (existsSync(screensFile)) readScreens(readFileSync(screensFile, 'utf8'), phones);
  };
  const close = async (): Promise<void> => {
    await ledger.close();
    await journal.close();
    writeFileSync(screensFile, writeScreens(phones));
  };
  return { phones, accounts, ledger, journal, recall, close };
}
