import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';

const fixtures = join(import.meta.dirname, '..', '..', '..', 'packages', 'contracts', 'fixtures');

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The golden fixtures in a folder, as they stand in their files. */
export function readFixtures(...folder: string[]): unknown[] {
  const path = join(fixtures, ...folder);
  return readdirSync(path).map((file) => JSON.parse(readFileSync(join(path, file), 'utf8')) as unknown);
}

/** What a value is replaced by: wrong types, edges of the right ones, names that JavaScript minds. */
const oddity: fc.Arbitrary<Json | undefined> = fc.oneof(
  fc.constantFrom<(Json | undefined)[]>(
    undefined,
    null,
    true,
    '',
    ' ',
    0,
    -1,
    0.5,
    1e308,
    2 ** 53,
    '\u0000',
    '\ud800',
    '~~',
    'a.b.*.>',
    'x'.repeat(40_000),
    [],
    {},
    [[]],
    ['__proto__'],
    { length: 3 },
    { toString: 'x' },
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.integer(),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
);

/** One of the values with one to three of its parts, at any depth, replaced, left out or repeated; sometimes with none. */
export function nearMissOf(values: readonly unknown[]): fc.Arbitrary<unknown> {
  return fc
    .tuple(fc.constantFrom(...values), fc.array(fc.tuple(fc.nat(), oddity), { minLength: 0, maxLength: 3 }))
    .map(([value, changes]) =>
      // An oddity is one object for all runs: put in as it is, a later change would end up inside it.
      changes.reduce<Json>(
        (changed, [at, by]) => changeAt(changed, at, structuredClone(by)),
        structuredClone(value) as Json,
      ),
    );
}

function changeAt(value: Json, at: number, by: Json | undefined): Json {
  const places = placesIn(value);
  const place = places[at % Math.max(places.length, 1)];
  if (place === undefined) return by ?? null;
  const [holder, key] = place;
  if (Array.isArray(holder)) holder.splice(Number(key), 1, ...(by === undefined ? [] : [by]));
  else if (by === undefined) delete holder[key];
  else holder[key] = by;
  return value;
}

/** Every part of a value: who holds it, under which key. */
function placesIn(value: Json): [Json[] | { [key: string]: Json }, string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[value, key] as const, ...placesIn(inner)]) as [
    Json[] | { [key: string]: Json },
    string,
  ][];
}
