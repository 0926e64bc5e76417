import { z } from 'zod';
import { type PushClass, pushClassSchema } from '../push/resource.js';
import type { LintContext, LintFault, VendorWords } from './words.js';
import { wire } from './wire.js';

/**
 * What fills a template's variables: texts in which `{title}`, `{content}` and `{sender}` stand for the push's own. Xiaomi takes
 * nine at most, of 1 to 128 characters each, without emoji.
 */
const templateParamsSchema = z
  .record(z.string().regex(/^\w{1,64}$/), z.string().min(1).max(128))
  .refine((params) => Object.keys(params).length <= 9, { message: 'a template has nine variables at most' });

/** A channel that the app has registered with Xiaomi. */
export const xiaomiChannelSchema = z.strictObject({
  id: z.string().min(1).max(64),
  /** `public` has a quota per app and device; `private` has none, and every push of it is made from a template. */
  kind: z.enum(['public', 'private']),
  /** The classes of pushes that go out on it unless their strategy names another one. */
  classes: z.array(pushClassSchema).default([]),
  /** The template of its pushes unless their strategy names another one. */
  templateId: z.string().min(1).max(64).nullable().default(null),
  templateParams: templateParamsSchema.default({}),
});
export type XiaomiChannel = z.infer<typeof xiaomiChannelSchema>;

/** Mi Push of an app. `credential` is a file with the AppSecret. */
export const xiaomiSettingsSchema = z.object({
  ...wire,
  packageName: z.string().min(1).max(255),
  /** Further packages that the AppSecret may push to. */
  otherPackageNames: z.array(z.string().min(1).max(255)).max(100).default([]),
  /** Apps outside China have a region's host, for instance `https://sgp-api.xmpush.global.xiaomi.com`. */
  endpoint: z.url().default('https://api.xmpush.xiaomi.com'),
  /** Which of the documented paths is called: `/v3/message/regid`. */
  apiVersion: z.enum(['v2', 'v3', 'v4']).default('v3'),
  sender: z.enum(['https', 'http2']).default('https'),
  channels: z.array(xiaomiChannelSchema).max(30).default([]),
  /** Whether a strategy without a channel is a fault: Xiaomi asks every app for one from 2026-12-31, newer apps before. */
  channelRequired: z.boolean().default(true),
  /** Of the class without a channel. Xiaomi does not say how many a day an app has; null: no limit of ours. */
  defaultPerDay: z.number().int().min(1).nullable().default(null),
  defaultPerDevicePerDay: z.number().int().min(1).default(1),
  /** Of public channels: two pushes per reachable device and day, at least 10,000; null: no limit of ours. */
  publicPerDay: z.number().int().min(1).nullable().default(null),
  /** Licensed news apps have 8. */
  publicPerDevicePerDay: z.number().int().min(1).default(5),
  /** How long Xiaomi keeps a push for a phone that is away; its older pages say two weeks for all. */
  publicTtlSeconds: z.number().int().min(1).max(1_209_600).default(86_400),
  privateTtlSeconds: z.number().int().min(1).max(1_209_600).default(864_000),
  sound: z.string().max(128).nullable().default('default'),
});
export type XiaomiSettings = z.infer<typeof xiaomiSettingsSchema>;

/** What a strategy says to Xiaomi alone. */
export const xiaomiStrategySchema = z.strictObject({
  /** One of the app's `channels`. */
  channelId: z.string().min(1).max(64).optional(),
  templateId: z.string().min(1).max(64).optional(),
  templateParams: templateParamsSchema.optional(),
  /** Whether the system shows it while the app is in front; absent: it does. */
  showInForeground: z.boolean().optional(),
});
export type XiaomiStrategy = z.infer<typeof xiaomiStrategySchema>;

export const xiaomiWords: VendorWords<typeof xiaomiSettingsSchema, typeof xiaomiStrategySchema> = {
  settings: xiaomiSettingsSchema,
  strategy: xiaomiStrategySchema,
  strategies: ['alert'],
  bundlesOf: ({ packageName, otherPackageNames }) => ({
    names: [packageName, ...otherPackageNames],
    declaredIn: 'otherPackageNames',
  }),
  withdraws: ['alert'],
  hasCallToken: false,
  lint: lintXiaomi,
};

/** The channel that a push of this class goes out on; null is Xiaomi's class without a channel. */
export function xiaomiChannelFor(
  settings: XiaomiSettings,
  section: XiaomiStrategy,
  pushClass: PushClass,
): XiaomiChannel | null {
  const { channelId } = section;
  const found =
    channelId === undefined
      ? settings.channels.find(({ classes }) => classes.includes(pushClass))
      : settings.channels.find(({ id }) => id === channelId);
  return found ?? null;
}

function lintXiaomi(section: XiaomiStrategy, context: LintContext<XiaomiSettings>): readonly LintFault[] {
  const { settings, pushClass } = context;
  const channel = xiaomiChannelFor(settings, section, pushClass);
  if (channel !== null) return lintChannel(section, channel, pushClass);
  if (section.channelId !== undefined)
    return [
      fault('channelId', `"${section.channelId}" is not among the app's xiaomi channels: declare it there`),
    ];
  if (!settings.channelRequired) return lintWithoutChannel(section);
  return [
    fault(
      'channelId',
      `no channel takes the class ${pushClass}: name one here, or list the class under a channel`,
    ),
    ...lintWithoutChannel(section),
  ];
}

function lintChannel(
  section: XiaomiStrategy,
  channel: XiaomiChannel,
  pushClass: PushClass,
): readonly LintFault[] {
  const faults: LintFault[] = [];
  const isPrivate = channel.kind === 'private';
  if (isPrivate && pushClass === 'marketing')
    faults.push(
      fault(
        'channelId',
        `marketing may not go out on the private channel "${channel.id}": name a public one`,
      ),
    );
  if (!isPrivate && (pushClass === 'call' || pushClass === 'chat'))
    faults.push(
      fault(
        'channelId',
        `the class ${pushClass} would be capped on the public channel "${channel.id}": name a private one`,
      ),
    );
  if (isPrivate && (section.templateId ?? channel.templateId) === null)
    faults.push(
      fault(
        'templateId',
        `the private channel "${channel.id}" needs a template: name one here or under the channel`,
      ),
    );
  if (!isPrivate && section.templateId !== undefined)
    faults.push(fault('templateId', `the public channel "${channel.id}" takes no template: leave it out`));
  return [...faults, ...lintParams(section)];
}

function lintWithoutChannel(section: XiaomiStrategy): readonly LintFault[] {
  if (section.templateId === undefined && section.templateParams === undefined) return [];
  return [fault('templateId', 'a template belongs to a private channel: name one in channelId')];
}

const placeholders = /\{(\w*)\}/g;
const known = new Set(['title', 'content', 'sender']);

function lintParams({ templateParams = {} }: XiaomiStrategy): readonly LintFault[] {
  return Object.entries(templateParams).flatMap(([name, text]) =>
    [...text.matchAll(placeholders)]
      .filter(([, word]) => !known.has(word ?? ''))
      .map(([written]) => ({
        path: ['templateParams', name],
        message: `${written} stands for nothing: write {title}, {content} or {sender}`,
      })),
  );
}

function fault(field: string, message: string): LintFault {
  return { path: [field], message };
}
