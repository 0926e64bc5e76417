import type { FaultPlan } from './faults.js';
import type { OpenVendor, SandboxVendor } from './sandbox-vendor.js';

/** A name under which requests stand in the ledger, with the vendor whose they are. */
export interface RequestName {
  readonly name: string;
  readonly isOwn: boolean;
  readonly vendor: Pick<OpenVendor, 'answers'>;
}

export function requestNames(vendor: SandboxVendor, open: OpenVendor): RequestName[] {
  return [
    { name: vendor.name, isOwn: true, vendor: open },
    ...vendor.otherNames.map((name) => ({ name, isOwn: false, vendor: open })),
  ];
}

/**
 * Holds a planned error against the vendors' own lists. Without a vendor in its scope it touches those that have the reason; token
 * endpoints are touched only by name. Null: no vendor in the fault's scope ever answers so.
 */
export function completeFault(plan: FaultPlan, names: readonly RequestName[]): FaultPlan | null {
  const { action, scope } = plan;
  if (action.kind !== 'answer' || action.reason === null) return plan;
  const { reason } = action;
  const inScope = names.filter(({ name, isOwn }) => scope.vendors?.includes(name) ?? isOwn);
  const knowing = inScope.filter(({ name, vendor }) => vendor.answers(name, reason));
  if (knowing.length === 0) return null;
  return { ...plan, scope: { ...scope, vendors: knowing.map(({ name }) => name) } };
}
