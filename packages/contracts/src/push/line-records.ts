import { z } from 'zod';
import { instantSchema, type AppId } from '../ids.js';
import { toSubjectToken } from '../subject-token.js';
import type { VendorName } from './vendor.js';

/**
 * What all vendor workers know together of an app's lines to its vendors (bucket PUSH_LINES). Each kind of record has keys of its
 * own; a record that is written no more goes after some days.
 */
export const lineRecordKeys = {
  /** How much of a quota was taken on its day. */
  quota: (app: AppId, vendor: VendorName, quota: string) => `quota.${app}.${vendor}.${toSubjectToken(quota)}`,
  /** How much each device has had of a quota on the day that `sinceAt` of its record names, in a fixed number of shards. */
  devices: (app: AppId, vendor: VendorName, quota: string, sinceAt: number, shard: number) =>
    `devices.${app}.${vendor}.${toSubjectToken(quota)}.${sinceAt}.${shard}`,
  /** When the quotas' day turns, as the jobs that wait for it know. */
  turn: (app: AppId, vendor: VendorName) => `turn.${app}.${vendor}`,
  /** That a line is shut, and why. */
  shut: (app: AppId, vendor: VendorName) => `shut.${app}.${vendor}`,
  /** That a worker lives. */
  worker: (instance: string) => `worker.${toSubjectToken(instance)}`,
} as const;

export const quotaRecordSchema = z.object({
  /** When its counting began: on the day that it speaks of, which ends at the next turn as the settings have it then. */
  sinceAt: instantSchema,
  /** Given out to workers since then, whether sent or not. */
  taken: z.number().int().min(0),
  /** As the app's settings had it at the last write; null: we do not know it. */
  perDay: z.number().int().min(0).nullable(),
  /** Null while more may go out. `count`: the cap as it is set is reached; `vendor`: the vendor said so. */
  spentBy: z.enum(['count', 'vendor']).nullable(),
});
export type QuotaRecord = z.infer<typeof quotaRecordSchema>;

export const turnRecordSchema = z.object({
  /** From midnight UTC to the turn. */
  afterMidnightMs: z.number().int().min(0),
  /** When the waiting jobs had been looked through. */
  movedAt: instantSchema,
});
export type TurnRecord = z.infer<typeof turnRecordSchema>;

/** How often a device was pushed to, by a digest of its token's reference. */
export const deviceCountsSchema = z.record(z.string(), z.number().int().min(1));
export type DeviceCounts = z.infer<typeof deviceCountsSchema>;

export const shutRecordSchema = z.object({
  kind: z.enum(['credential', 'outage', 'condemned']),
  /** The vendor's word. */
  cause: z.string(),
  sinceAt: instantSchema,
  untilAt: instantSchema,
});
export type ShutRecord = z.infer<typeof shutRecordSchema>;

export const workerRecordSchema = z.object({
  aliveAt: instantSchema,
  /** The vendors that it serves. */
  vendors: z.array(z.string()),
});
