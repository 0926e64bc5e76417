import { z } from 'zod';

/**
 * A reference to a credential, never the credential: `file:<path>` as the workers see it, or `sealed:<digest>`, which lies sealed in
 * the bucket CREDENTIALS.
 */
export const credentialReferenceSchema = z.string().regex(/^(?:file:.+|sealed:[A-Za-z0-9_-]{43})$/);

/** What the settings of every vendor begin with. */
export const wire = {
  credential: credentialReferenceSchema,
  /** A file with the CA that signs the endpoint's certificate; null is the system's. */
  caFile: z.string().nullable().default(null),
  /** The most targets per second of this app, over all workers; null is what the vendor documents, if anything. */
  targetsPerSecond: z.number().positive().nullable().default(null),
};
