import { idForms } from '../ids.js';
import type { PushJob, PushNotification, PushTarget } from './job.js';
import { type Lane, lanes } from './lane.js';
import { type PushResource, pushResourceSchema } from './resource.js';
import { pushEnvironmentSchema, strategySchema, type VendorName, vendorNames } from './vendor.js';

type Unread<Shape> = { readonly [Field in keyof Shape]?: unknown };

const knownVendors: ReadonlySet<unknown> = new Set<VendorName>(vendorNames);
const knownLanes: ReadonlySet<unknown> = new Set<Lane>(lanes);
const strategies: ReadonlySet<unknown> = new Set(strategySchema.options);
const environments: ReadonlySet<unknown> = new Set(pushEnvironmentSchema.options);

/** What is checked here; a field that is not, as one that was added since, is for the schema. */
const jobFields: ReadonlySet<string> = new Set<keyof PushJob>([
  ...(['jobId', 'messageId', 'chunk', 'round', 'vendor', 'lane', 'attempt', 'backoffStep'] as const),
  ...(['repeat', 'redrive', 'partition', 'settledAt', 'acceptedAt', 'notification', 'targets'] as const),
]);
const notificationFields: ReadonlySet<string> = new Set<keyof PushNotification>([
  ...(['strategy', 'title', 'content', 'payload', 'threadId', 'badge', 'badgeIncrement'] as const),
  ...(['resourcesId', 'resource', 'sender', 'collapse', 'sentAt', 'expiresAt'] as const),
]);
const resourceFields: ReadonlySet<string> = new Set<keyof PushResource>([
  ...([
    'resourcesId',
    'revision',
    'class',
    'sound',
    'clickAction',
    'mutableContent',
    'priority',
    'options',
  ] as const),
]);
const targetFields: ReadonlySet<string> = new Set<keyof PushTarget>([
  ...(['user', 'deviceId', 'tokenRef', 'sealedToken', 'environment', 'bundle', 'notBefore'] as const),
]);

/**
 * Whether this is a push job as nearly all of them are, told at a tenth of what the schema costs. The schema accepts, and leaves as
 * it is, everything that this accepts; what this does not accept is for the schema to judge.
 */
export function isPlainPushJob(data: unknown): data is PushJob {
  if (!isObject(data) || !hasOnly(data, jobFields)) return false;
  const job: Unread<PushJob> = data;
  return (
    isText(job.jobId, 1, 256) &&
    hasForm(job.messageId, idForms.plain) &&
    isWhole(job.chunk, 0) &&
    (job.round === 0 || job.round === 1) &&
    knownVendors.has(job.vendor) &&
    knownLanes.has(job.lane) &&
    isWhole(job.attempt, 1) &&
    isWhole(job.backoffStep, 0) &&
    typeof job.repeat === 'boolean' &&
    job.redrive == null &&
    isWhole(job.partition, 0, 63) &&
    isWhole(job.settledAt, 0) &&
    isWhole(job.acceptedAt, 0) &&
    isPlainNotification(job.notification) &&
    Array.isArray(job.targets) &&
    job.targets.length >= 1 &&
    job.targets.length <= 500 &&
    job.targets.every(isPlainTarget)
  );
}

function isPlainNotification(data: unknown): boolean {
  if (!isObject(data) || !hasOnly(data, notificationFields)) return false;
  const push: Unread<PushNotification> = data;
  return (
    strategies.has(push.strategy) &&
    isText(push.title) &&
    isText(push.content) &&
    isText(push.payload) &&
    isText(push.threadId) &&
    (push.badge == null || isWhole(push.badge, 0, 999_999)) &&
    (push.badgeIncrement === null || isWhole(push.badgeIncrement, 0, 99)) &&
    isText(push.resourcesId) &&
    (push.resource == null || isPlainResource(push.resource)) &&
    hasForm(push.sender, idForms.user) &&
    isText(push.collapse, 1, 128) &&
    isWhole(push.sentAt, 0) &&
    isWhole(push.expiresAt, 0)
  );
}

function isPlainResource(data: unknown): boolean {
  return isObject(data) && hasOnly(data, resourceFields) && pushResourceSchema.safeParse(data).success;
}

function isPlainTarget(data: unknown): boolean {
  if (!isObject(data) || !hasOnly(data, targetFields)) return false;
  const target: Unread<PushTarget> = data;
  return (
    hasForm(target.user, idForms.user) &&
    hasForm(target.deviceId, idForms.plain) &&
    hasForm(target.tokenRef, idForms.tokenRef) &&
    (target.sealedToken === null || isText(target.sealedToken)) &&
    environments.has(target.environment) &&
    (target.bundle == null || isText(target.bundle, 0, 255)) &&
    (target.notBefore == null || isWhole(target.notBefore, 0))
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function hasOnly(value: object, fields: ReadonlySet<string>): boolean {
  for (const field in value) if (!fields.has(field)) return false;
  return true;
}

function isText(value: unknown, least = 0, most = Number.POSITIVE_INFINITY): boolean {
  return typeof value === 'string' && value.length >= least && value.length <= most;
}

function hasForm(value: unknown, form: RegExp): boolean {
  return typeof value === 'string' && form.test(value);
}

function isWhole(value: unknown, least: number, most = Number.POSITIVE_INFINITY): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
}
