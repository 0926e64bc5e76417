import { type VendorName, vendorNames } from '../push/vendor.js';
import { vendorWords } from '../vendors/catalog.js';
import type { VendorWords } from '../vendors/words.js';
import type { DocumentFault } from './document-fault.js';
import { type StrategyDocument, strategyDocumentSchema } from './strategy.js';

type Path = readonly (string | number)[];
type Said = Readonly<Record<string, unknown>>;

/** The strategies that every app has; no document may take their names. */
export const builtInStrategies: readonly string[] = ['alert', 'silent', 'voip'];

/**
 * What does not fit together in a file of apps. It looks at what can be read, whatever is wrong with the rest, so that one look at
 * the file finds all there is to mend.
 */
export function lintApps(file: unknown): DocumentFault[] {
  const apps = listIn(file, 'apps');
  return [
    ...twice(apps, 'app', ['apps'], (name) => `app ${name} is declared twice`),
    ...apps.flatMap((app, index) => lintApp(objectOf(app), ['apps', index])),
  ];
}

function lintApp(app: Said, at: Path): DocumentFault[] {
  const strategies = listIn(app, 'strategies').map(objectOf);
  const place = (index: number): Path => [...at, 'strategies', index];
  const known = new Set([...builtInStrategies, ...strategies.map(({ resourcesId }) => resourcesId)]);
  return [
    ...platformFaults(app, at),
    ...twice(
      strategies,
      'resourcesId',
      [...at, 'strategies'],
      (name) => `the strategy ${name} is declared twice`,
    ),
    ...strategies.flatMap((strategy, index) => [
      ...nameFaults(strategy, place(index), known),
      ...circleFaults(strategies, index, place(index)),
      ...sectionFaults(app, strategy, place(index)),
    ]),
    ...defaultFaults(app, at, known),
  ];
}

function platformFaults({ live, platformNkey }: Said, at: Path): DocumentFault[] {
  if (live !== 'platform' || typeof platformNkey === 'string') return [];
  return [
    {
      path: [...at, 'live'],
      message: 'a platform can answer only where platformNkey says which key it has',
    },
  ];
}

function nameFaults({ resourcesId, fallback }: Said, at: Path, known: ReadonlySet<unknown>): DocumentFault[] {
  const faults: DocumentFault[] = [];
  if (typeof resourcesId === 'string' && builtInStrategies.includes(resourcesId))
    faults.push({ path: [...at, 'resourcesId'], message: `${resourcesId} is built in: take another name` });
  if (typeof fallback === 'string' && !known.has(fallback))
    faults.push({ path: [...at, 'fallback'], message: `the app has no strategy ${fallback}` });
  return faults;
}

/** Said at the first strategy of the circle alone. */
function circleFaults(strategies: readonly Said[], index: number, at: Path): DocumentFault[] {
  const seen: unknown[] = [];
  let next: Said | undefined = strategies[index];
  while (typeof next?.['fallback'] === 'string' && !seen.includes(next['resourcesId'])) {
    seen.push(next['resourcesId']);
    const { fallback }: Said = next;
    next = strategies.find(({ resourcesId }) => resourcesId === fallback);
  }
  const isCircle =
    next !== undefined && next['resourcesId'] === strategies[index]?.['resourcesId'] && seen.length > 0;
  const first = Math.min(...seen.map((id) => strategies.findIndex(({ resourcesId }) => resourcesId === id)));
  if (!isCircle || first !== index) return [];
  return [
    {
      path: [...at, 'fallback'],
      message: `the fallbacks go round in a circle: ${[...seen, seen[0]].join(' → ')}`,
    },
  ];
}

function defaultFaults(app: Said, at: Path, known: ReadonlySet<unknown>): DocumentFault[] {
  const { resourcesID } = objectOf(app['defaultPushConfig']);
  if (typeof resourcesID !== 'string' || resourcesID === '' || known.has(resourcesID)) return [];
  return [
    {
      path: [...at, 'defaultPushConfig', 'resourcesID'],
      message: `the app has no strategy ${resourcesID}`,
    },
  ];
}

function sectionFaults(app: Said, said: Said, at: Path): DocumentFault[] {
  const vendors = objectOf(app['vendors']);
  const named = objectOf(said['vendors']);
  const strangers = vendorNames
    .filter((vendor) => named[vendor] !== undefined && vendors[vendor] === undefined)
    .map((vendor) => ({
      path: [...at, 'vendors', vendor],
      message: `the app does not push through ${vendor}`,
    }));
  // What is wrong with a section is said by the schema; the other vendors' are looked at all the same.
  const strategy = strategyDocumentSchema.safeParse({ ...said, vendors: {} });
  if (!strategy.success) return strangers;
  return [
    ...strangers,
    ...silenceFaults(strategy.data, said, at),
    ...vendorNames.flatMap((vendor) =>
      vendorFaults(vendor, vendors[vendor], named[vendor], strategy.data, at),
    ),
  ];
}

function silenceFaults({ strategy, resourcesId }: StrategyDocument, said: Said, at: Path): DocumentFault[] {
  if (strategy !== 'silent') return [];
  return ['sound', 'clickAction', 'mutableContent']
    .filter((field) => said[field] !== undefined)
    .map((field) => ({
      path: [...at, field],
      message: `${resourcesId} is silent, nobody sees it: leave ${field} out`,
    }));
}

function vendorFaults(
  vendor: VendorName,
  settings: unknown,
  section: unknown,
  { class: pushClass, strategy }: StrategyDocument,
  at: Path,
): DocumentFault[] {
  const words: VendorWords = vendorWords[vendor];
  if (settings === undefined || !words.strategies.includes(strategy)) return [];
  const app = words.settings.safeParse(settings);
  const own = words.strategy.safeParse(section ?? {});
  if (!app.success || !own.success) return [];
  return words
    .lint(own.data, { pushClass, strategy, settings: app.data })
    .map(({ path, message }) => ({ path: [...at, 'vendors', vendor, ...path], message }));
}

function twice(
  list: readonly unknown[],
  field: string,
  at: Path,
  message: (name: string) => string,
): DocumentFault[] {
  const names = list.map((item) => objectOf(item)[field]);
  return names.flatMap((name, index) =>
    typeof name === 'string' && names.indexOf(name) < index
      ? [{ path: [...at, index, field], message: message(name) }]
      : [],
  );
}

function objectOf(value: unknown): Said {
  return typeof value === 'object' && value !== null ? (value as Said) : {};
}

function listIn(value: unknown, field: string): readonly unknown[] {
  const list = objectOf(value)[field];
  return Array.isArray(list) ? list : [];
}
