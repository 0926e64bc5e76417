import { storedTypes } from './catalog.js';
import { ContractError } from './errors.js';

/** Lifts the data of one version to the next; the chain ends at the version of the catalogue. */
export type Upcast = (data: unknown) => unknown;

/** By type and by the version that it lifts from. Empty while every type is at its first version. */
export const upcasts: Readonly<Record<string, Readonly<Record<number, Upcast>>>> = {};

/**
 * The data of a stored fact or job at its newest version. Unknown fields are ignored, since the other side may be newer.
 * @throws ContractError naming the type, the version and every field that does not fit.
 */
export function readData(type: string, version: number, data: unknown, lifts = upcasts): unknown {
  const known = storedTypes[type];
  if (known === undefined) throw new ContractError(`unknown type ${type}`);
  if (version > known.version) {
    throw new ContractError(
      `${type} version ${version} is newer than this service, which knows ${known.version}`,
    );
  }
  let lifted = data;
  for (let from = version; from < known.version; from += 1) {
    const lift = lifts[type]?.[from];
    if (lift === undefined)
      throw new ContractError(`${type} version ${from} cannot be lifted to ${from + 1}`);
    lifted = lift(lifted);
  }
  const parsed = known.schema.safeParse(lifted);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'data'}: ${issue.message}`);
  throw new ContractError(`${type} version ${version} does not fit its schema: ${faults.join('; ')}`);
}
