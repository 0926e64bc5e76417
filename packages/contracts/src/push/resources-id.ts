import { z } from 'zod';

/** The name of a strategy, as a sender's `resourcesID` says it. */
export const resourcesIdSchema = z.string().max(32);
