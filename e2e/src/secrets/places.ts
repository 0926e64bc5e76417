import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { buckets, streams } from '@reveille/contracts/streams';
import { connectAs } from '../harness/nats-identity.js';
import { until } from '../harness/scenario.js';
import type { Town } from '../harness/town.js';

/** Somewhere where secrets could come to lie, with all that lies there. */
export interface Place {
  readonly name: string;
  readonly contents: readonly Buffer[];
}

/** The longest that any part of the town takes to come round to what it does by a timer. */
const filledWithinMs = 45_000;

/**
 * What the streams and buckets of a running town hold, message by message: on disk it is compressed. Each is read when the
 * control is in it, since some are filled by timers; one that never gets it is given as it is then.
 */
export async function readStreams(town: Town, control: string): Promise<Place[]> {
  const nc = await connectAs(town, 'operator');
  const deadline = performance.now() + filledWithinMs;
  try {
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    const names = [
      ...streams.map(({ name }) => name),
      ...Object.values(buckets).map(({ name }) => `KV_${name}`),
    ];
    const places: Place[] = [];
    for (const name of names) {
      const contents = await until(
        `messages of ${name}`,
        async () => {
          const read = await readMessages(jsm, name);
          const isFilled = read.some((message) => message.includes(control));
          return isFilled || performance.now() > deadline ? read : null;
        },
        { withinMs: 2 * filledWithinMs, everyMs: 250 },
      );
      places.push({ name: `messages of ${name}`, contents });
    }
    return places;
  } finally {
    await nc.close();
  }
}

async function readMessages(jsm: JetStreamManager, name: string): Promise<Buffer[]> {
  const { state } = await jsm.streams.info(name);
  const contents: Buffer[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq && seq > 0; seq += 1) {
    const stored = await jsm.streams.getMessage(name, { seq });
    if (stored === null) continue;
    const headers = [...stored.header].flatMap(([key, values]) => values.map((value) => `${key}: ${value}`));
    contents.push(Buffer.concat([Buffer.from([stored.subject, ...headers, ''].join('\n')), stored.data]));
  }
  return contents;
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
