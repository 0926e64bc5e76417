import { z } from 'zod';

/** `urgent`: calls, `normal`: chat, `bulk`: marketing and broadcast. */
export const lanes = ['urgent', 'normal', 'bulk'] as const;
export const laneSchema = z.enum(lanes);
export type Lane = z.infer<typeof laneSchema>;
