import { z } from 'zod';

/** Why a device gets no push: a closed list. */
export const withheldReasonSchema = z.enum([
  'logged-out',
  'unregistered',
  'no-device',
  'no-token',
  'token-dead',
  'own-device',
  'muted',
  'platform-rule',
  'no-push-config',
  'revoked',
  'read',
  'expired',
  'call-over',
  'strategy-unsupported',
  'duplicate',
]);
export type WithheldReason = z.infer<typeof withheldReasonSchema>;

/** Why a push that was decided did not happen after all: a closed list. */
export const closedReasonSchema = z.enum([
  'expired',
  'app-halted',
  'quota',
  'logged-out',
  'unregistered',
  'token-dead',
  'acknowledged',
  'read',
  'revoked',
  'call-over',
  'app-removed',
]);
export type ClosedReason = z.infer<typeof closedReasonSchema>;
