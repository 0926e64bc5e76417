/** What goes wrong with receipts. */
export type ReceiptFaultKind = 'duplicate' | 'late' | 'lost' | 'unknown';
export const receiptFaultKinds: readonly ReceiptFaultKind[] = ['duplicate', 'late', 'lost', 'unknown'];

export interface ReceiptFault {
  readonly kind: ReceiptFaultKind;
  readonly vendor: string | null;
  readonly token: string | null;
  /** The vendor's word for what happened, as the receipt's order names it. */
  readonly status: string | null;
  /** How many receipts it touches; null = all. */
  readonly count: number | null;
  /** Of `late`. */
  readonly ms: number;
}

interface ActiveFault extends ReceiptFault {
  readonly id: string;
  applied: number;
}

/** The faults that tests planned for receipts; the first that agrees and is not used up acts. */
export class ReceiptFaults {
  #active: ActiveFault[] = [];
  #lastId = 0;

  add(fault: ReceiptFault): string {
    const id = `receipt-fault-${++this.#lastId}`;
    this.#active.push({ ...fault, id, applied: 0 });
    return id;
  }

  list(): readonly (ReceiptFault & { readonly id: string; readonly applied: number })[] {
    return this.#active.map((fault) => ({ ...fault }));
  }

  clear(): void {
    this.#active = [];
  }

  match(vendor: string, token: string, status: string): ReceiptFault | null {
    const found = this.#active.find(
      (fault) =>
        (fault.vendor === null || fault.vendor === vendor) &&
        (fault.token === null || fault.token === token) &&
        (fault.status === null || fault.status === status) &&
        (fault.count === null || fault.applied < fault.count),
    );
    if (found === undefined) return null;
    found.applied++;
    return found;
  }
}
