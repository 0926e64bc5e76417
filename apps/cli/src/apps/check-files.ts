import { existsSync } from 'node:fs';
import type { AppsCheck } from '@reveille/chassis/apps-file';
import type { DocumentFault } from '@reveille/contracts/app/document-fault';

const reference = /^file:(?:\/\/)?/;

/** A file that the settings of a vendor refer to has to be there; what else is wrong with the document does not hide it. */
export const checkFiles: AppsCheck = (document) => {
  const apps = fieldOf(document, 'apps');
  if (!Array.isArray(apps)) return [];
  const seen = new WeakSet<object>();
  return apps.flatMap((app, index) =>
    missingFiles(fieldOf(app, 'vendors'), ['apps', index, 'vendors'], seen),
  );
};

/** @param seen what an alias of the file may lead back to: it is looked through once */
function missingFiles(value: unknown, path: DocumentFault['path'], seen: WeakSet<object>): DocumentFault[] {
  if (typeof value === 'object' && value !== null) {
    if (seen.has(value)) return [];
    seen.add(value);
    return Object.entries(value).flatMap(([name, field]) => missingFiles(field, [...path, name], seen));
  }
  if (typeof value !== 'string') return [];
  const file = reference.test(value) ? value.replace(reference, '') : path.at(-1) === 'caFile' ? value : null;
  return file === null || existsSync(file) ? [] : [{ path, message: `there is no file ${file}` }];
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : null;
}
