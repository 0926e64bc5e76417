import type { DeferredReason, PushOutcome, RejectedReason } from '@reveille/contracts/push/outcome';
import type { VendorAnswer } from '../vendor.js';

type Deferred = Extract<PushOutcome, { kind: 'deferred' }>;
type Rejected = Extract<PushOutcome, { kind: 'rejected' }>;

export function deferred(
  reason: DeferredReason,
  vendorCode: string,
  retryAfterMs: number | null = null,
): Deferred {
  return { kind: 'deferred', reason, vendorCode, retryAfterMs };
}

/** @param observedAt when the vendor says that the token died */
export function rejected(
  reason: RejectedReason,
  vendorCode: string,
  observedAt: number | null = null,
): Rejected {
  return { kind: 'rejected', reason, vendorCode, observedAt };
}

/** What it means that no answer came, which is the same with every vendor: only what cannot be reached is out of order. */
export function unanswered(answer: Exclude<VendorAnswer, { kind: 'answered' }>): Deferred {
  if (answer.kind === 'unknown') return deferred('no-answer', answer.because);
  return deferred(answer.because === 'unreachable' ? 'vendor-unavailable' : 'not-sent', answer.because);
}
