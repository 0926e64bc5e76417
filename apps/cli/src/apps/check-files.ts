import { existsSync } from 'node:fs';
import type { AppsCheck } from '@reveille/chassis/apps-file';
import type { DocumentFault } from '@reveille/contracts/app/document-fault';

const reference = /^file:(?:\/\/)?/;

/** A file that the settings of a vendor refer to has to be there. */
export const checkFiles: AppsCheck = (apps) =>
  apps.flatMap(({ vendors }, index) => missingFiles(vendors, ['apps', index, 'vendors']));

function missingFiles(value: unknown, path: DocumentFault['path']): DocumentFault[] {
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([name, field]) => missingFiles(field, [...path, name]));
  if (typeof value !== 'string') return [];
  const file = reference.test(value) ? value.replace(reference, '') : path.at(-1) === 'caFile' ? value : null;
  return file === null || existsSync(file) ? [] : [{ path, message: `there is no file ${file}` }];
}
