import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const fileIn = (data: string): string => join(data, 'phone-owners.json');

/** Keeps whose phone it is: the sandbox knows phones and tokens, never people. */
export function nameOwner(data: string, phoneId: string, user: string): void {
  writeFileSync(fileIn(data), JSON.stringify({ ...readOwners(data), [phoneId]: user }));
}

/** The user of each phone that "register" has given away, by phone id. */
export function readOwners(data: string): Readonly<Record<string, string>> {
  const file = fileIn(data);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>) : {};
}
