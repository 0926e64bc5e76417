import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { buckets, streams } from '@reveille/contracts/streams';
import { connectAs } from '../harness/nats-identity.js';
import type { Town } from '../harness/town.js';

/** Somewhere where secrets could come to lie, with all that lies there. */
export interface Place {
  readonly name: string;
  readonly contents: readonly Buffer[];
}

/** What the streams and buckets of a running town hold, message by message: on disk it is compressed. */
export async function readStreams(town: Town): Promise<Place[]> {
  const nc = await connectAs(town, 'operator');
  try {
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    const names = [
      ...streams.map(({ name }) => name),
      ...Object.values(buckets).map(({ name }) => `KV_${name}`),
    ];
    const places: Place[] = [];
    for (const name of names) {
      const { state } = await jsm.streams.info(name);
      const contents: Buffer[] = [];
      for (let seq = state.first_seq; seq <= state.last_seq && seq > 0; seq += 1) {
        const stored = await jsm.streams.getMessage(name, { seq });
        if (stored === null) continue;
        const headers = [...stored.header].flatMap(([key, values]) =>
          values.map((value) => `${key}: ${value}`),
        );
        contents.push(Buffer.concat([Buffer.from([stored.subject, ...headers, ''].join('\n')), stored.data]));
      }
      places.push({ name: `messages of ${name}`, contents });
    }
    return places;
  } finally {
    await nc.close();
  }
}

/** What a town that has ended leaves on disk, less its key files and the vendors' own side. */
export function readDisk({ ready: { data, folders } }: Town): Place[] {
  const natsFiles = filesBelow(join(data, 'nats'));
  const read = (files: readonly string[]): Buffer[] => files.map((file) => readFileSync(file));
  const configuration = ['apps.yaml', 'nats.conf', 'town.json'].map((name) => join(data, name));
  return [
    { name: 'logs', contents: read(filesBelow(join(data, 'logs'))) },
    ...streams.map(({ name }) => ({
      name: `files of ${name}`,
      contents: read(natsFiles.filter((file) => file.includes(`/${name}/`))),
    })),
    { name: 'Postgres', contents: read(filesBelow(folders.postgres)) },
    { name: 'configuration', contents: read(configuration) },
  ];
}

export function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const stat = statSync(path);
    return stat.isDirectory() ? filesBelow(path) : stat.isFile() ? [path] : [];
  });
}
