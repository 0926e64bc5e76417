import { z } from 'zod';

/** Every no of the domain, as it is told to clients: a closed list. */
export const refusalCodeSchema = z.enum([
  'app-unknown',
  'app-conflict',
  'token-invalid',
  'token-expired',
  'forbidden',
  'not-logged-in',
  'already-logged-in',
  'device-unknown',
  'device-bound-to-another-user',
  'device-secret-wrong',
  'push-not-registered',
  'vendor-not-configured',
  'bundle-not-configured',
  'message-invalid',
  'message-too-large',
  'message-conflict',
  'message-unknown',
  'user-unknown',
  'cursor-invalid',
  'dead-letter-unknown',
  'dead-letter-settled',
  'dead-letter-unfit',
  'rate-limited',
  'frame-invalid',
  'frame-unknown',
  'unavailable',
]);
export type RefusalCode = z.infer<typeof refusalCodeSchema>;

export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
}
