import type { Strategy, VendorName } from '../push/vendor.js';
import { vendorWords } from './catalog.js';
import type { VendorWords } from './words.js';

/** Whether a vendor takes the notification of such a push off the phone again when it is asked to. */
export function canWithdraw(vendor: VendorName, strategy: Strategy): boolean {
  const { withdraws }: VendorWords = vendorWords[vendor];
  return withdraws?.includes(strategy) ?? false;
}
