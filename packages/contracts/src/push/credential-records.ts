import { z } from 'zod';
import { instantSchema } from '../ids.js';

/** A credential in the bucket CREDENTIALS, under the SHA-256 of its clear text (base64url): it never changes. */
export const sealedCredentialSchema = z.object({
  sealed: z.string(),
  /** Who put it there. */
  by: z.string().min(1).max(200),
});

/** In the bucket ACCESS_TOKENS: what all workers have of one credential's access token. */
export const accessTokenRecordSchema = z.object({
  /** Null until somebody has one. */
  token: z
    .object({
      /** The header's value, sealed. */
      sealed: z.string(),
      /** From when on it is to be replaced; it is good for a while longer. */
      renewAt: instantSchema,
    })
    .nullable(),
  /** The worker that asked last. */
  by: z.string(),
  /** It is asking for a new one, until then at the latest; null: it has its answer. */
  leasedUntil: instantSchema.nullable(),
});
export type AccessTokenRecord = z.infer<typeof accessTokenRecordSchema>;

/** Whom what lies in the two buckets is sealed for: the key of the entry stands where a device would. */
export const sealedForWorkers = {
  credential: (digest: string) => ({ app: 'credentials', deviceId: digest }),
  accessToken: (key: string) => ({ app: 'access-tokens', deviceId: key }),
} as const;
