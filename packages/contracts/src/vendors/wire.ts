import { z } from 'zod';

/**
 * A reference to a credential, never the credential: `file:<path>` as the workers see it, or `sealed:<digest>`, which lies sealed in
 * the bucket CREDENTIALS.
 */
export const credentialReferenceSchema = z.string().regex(/^(?:file:.+|sealed:[A-Za-z0-9_-]{43})$/);

/** A time of day in an offset from UTC, `HH:MM[:SS]±HH:MM`, such as `00:00+08:00`. */
export const dayTurnPattern = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?([+-])([01]\d|2[0-3]):([0-5]\d)$/;

/** What the settings of every vendor begin with. */
export const wire = {
  credential: credentialReferenceSchema,
  /** A file with the CA that signs the endpoint's certificate; null is the system's. */
  caFile: z.string().nullable().default(null),
  /** The most targets per second of this app, over all workers; null is what the vendor documents, if anything. */
  targetsPerSecond: z.number().positive().nullable().default(null),
  /** When a day of this vendor's quotas begins; null is what the workers are started with. A change moves what waits for it. */
  quotaDayTurn: z.string().regex(dayTurnPattern).nullable().default(null),
};
