import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventHub } from './event-hub.js';
import { Journal } from './journal.js';
import { Ledger } from './ledger.js';
import { Phones } from './phones.js';
import type { RandomSource } from './random-source.js';
import { readScreens, recallRegistrations, writeScreens } from './recall.js';
import type { Clock } from './sandbox-clock.js';
import { ApnsKeys } from './vendors/apns/apns.keys.js';
import { FcmProjects } from './vendors/fcm/fcm.projects.js';

/** What the sandbox knows and keeps in its state folder. */
export interface Shelf {
  readonly phones: Phones;
  readonly keys: ApnsKeys;
  readonly projects: FcmProjects;
  readonly ledger: Ledger;
  readonly journal: Journal;
  /** Writes what is only kept at a clean stop. */
  close(): Promise<void>;
}

/** Opens the state folder, made if it is not there, and recalls what earlier runs left in it. */
export async function openShelf(
  folder: string,
  clock: Clock,
  random: RandomSource,
  events: EventHub,
): Promise<Shelf> {
  mkdirSync(folder, { recursive: true });
  const journal = new Journal(join(folder, 'registrations.jsonl'));
  const phones = new Phones(clock, random, events, journal);
  const keys = new ApnsKeys();
  const projects = new FcmProjects();
  recallRegistrations(journal.read(), phones, keys, projects);
  const screensFile = join(folder, 'screens.json');
  if (existsSync(screensFile)) readScreens(readFileSync(screensFile, 'utf8'), phones);
  const ledger = await Ledger.open(join(folder, 'ledger.jsonl'));
  const close = async (): Promise<void> => {
    await ledger.close();
    await journal.close();
    writeFileSync(screensFile, writeScreens(phones));
  };
  return { phones, keys, projects, ledger, journal, close };
}
