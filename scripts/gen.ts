// Writes what is generated from the contracts; `--check` only says what is stale. Needs a build.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { composeNatsConfig } from '../packages/bus/dist/compose-nats-config.js';
import { buildAsyncApi } from '../packages/contracts/dist/generate/async-api.js';
import { buildJsonSchemas } from '../packages/contracts/dist/generate/json-schemas.js';
import { buildLogPage } from '../packages/contracts/dist/generate/log-page.js';
import { buildOpenApi } from '../packages/contracts/dist/generate/open-api.js';

const root = join(import.meta.dirname, '..', 'packages', 'contracts', 'generated');
const wanted = new Map<string, string>();
const put = (path: string, value: unknown): void => {
  wanted.set(join(root, path), `${JSON.stringify(value, null, 2)}\n`);
};
for (const [name, schema] of Object.entries(buildJsonSchemas())) put(join('json-schema', name), schema);
put('asyncapi.json', buildAsyncApi());
put('openapi.json', buildOpenApi());
wanted.set(join(import.meta.dirname, '..', 'infra', 'nats', 'nats.conf'), composeNatsConfig());
wanted.set(join(import.meta.dirname, '..', 'docs', 'logging.md'), buildLogPage());

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

mkdirSync(root, { recursive: true });
const stale = [...wanted].filter(([path, text]) => {
  try {
    return readFileSync(path, 'utf8') !== text;
  } catch {
    return true;
  }
});
const orphans = filesBelow(root).filter((path) => !wanted.has(path));

if (process.argv.includes('--check')) {
  for (const [path] of stale) console.error(`stale: ${relative(process.cwd(), path)} (run pnpm gen)`);
  for (const path of orphans) console.error(`orphan: ${relative(process.cwd(), path)} (run pnpm gen)`);
  process.exit(stale.length + orphans.length === 0 ? 0 : 1);
}
for (const [path, text] of stale) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
for (const path of orphans) rmSync(path);
console.log(`${wanted.size} generated files, ${stale.length} written, ${orphans.length} removed`);
