import { z } from 'zod';
import { pushConfigSchema } from '../message/push-config.js';
import { strictVendorSettingsSchema } from '../vendors/catalog.js';
import type { DocumentFault } from './document-fault.js';
import { type AppDocument, appDocumentSchema } from './events.js';
import { lintApps } from './lint-apps.js';

/** As a person writes it: a field that nobody knows is a fault, not a surprise later. */
const appsFileSchema = z.strictObject({
  apps: z
    .array(
      appDocumentSchema
        .extend({
          vendors: strictVendorSettingsSchema.default({}),
          defaultPushConfig: pushConfigSchema.strict().nullable().default(null),
        })
        .strict(),
    )
    .min(1),
});

/** The apps that a file declares, defaults filled in; or every fault at once, in the order of the file as far as paths tell. */
export function readApps(
  file: unknown,
): { readonly apps: readonly AppDocument[] } | { readonly faults: readonly DocumentFault[] } {
  const parsed = appsFileSchema.safeParse(file);
  const shape = parsed.success ? [] : parsed.error.issues.flatMap((issue) => faultsOf(file, issue));
  const faults = [...shape, ...lintApps(file)];
  if (faults.length > 0 || !parsed.success) return { faults };
  // The strict schema differs from the document's only in what it refuses.
  return { apps: parsed.data.apps };
}

function faultsOf(file: unknown, issue: z.core.$ZodIssue): DocumentFault[] {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: 'there is no such field' }));
  }
  const value = valueAt(file, path);
  if (value === undefined || value === null) return [{ path, message: 'is missing' }];
  return [{ path, message: `does not fit (${issue.message.replace(/^Invalid input: /, '')})` }];
}

/** Undefined where the path leads nowhere. */
export function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let at = value;
  for (const key of path)
    at = typeof at === 'object' && at !== null ? (at as Record<string | number, unknown>)[key] : undefined;
  return at;
}
