import { z } from 'zod';
import { type PushClass, pushClassSchema } from '../push/resource.js';
import type { LintContext, LintFault, VendorWords } from './words.js';
import { wire } from './wire.js';

const communicationCategories = [
  'IM',
  'ACCOUNT',
  'DEVICE_REMINDER',
  'ORDER',
  'TODO',
  'SUBSCRIPTION',
] as const;
const marketingCategories = ['NEWS', 'CONTENT', 'MARKETING', 'SOCIAL'] as const;

/** OPPO's message categories: communication and service (each needs an approval), content and marketing. */
export const oppoCategorySchema = z.enum([...communicationCategories, ...marketingCategories]);
export type OppoCategory = z.infer<typeof oppoCategorySchema>;

/** Whether OPPO counts the category against the caps of marketing. */
export function isOppoMarketing(category: OppoCategory): boolean {
  return (marketingCategories as readonly string[]).includes(category);
}

/** Which text of the push fills a parameter of a template. */
const templateParametersSchema = z.record(z.string().min(1).max(64), z.enum(['title', 'content']));

/** A private message template: OPPO shows its text, with `${name}` filled from the parameters. */
export const oppoTemplateSchema = z.strictObject({
  id: z.string().min(1).max(128),
  titleParameters: templateParametersSchema.default({}),
  contentParameters: templateParametersSchema.default({}),
});
export type OppoTemplate = z.infer<typeof oppoTemplateSchema>;

/** OPPO push of an app. `credential` is a JSON file with `appKey` and `masterSecret`. */
export const oppoSettingsSchema = z.object({
  ...wire,
  /** `https://api-push-cn.heytapmobi.com` is the newer name of the same service, `https://api-intl.push.oppomobile.com` the overseas one. */
  endpoint: z.url().default('https://api.push.oppomobile.com'),
  /** Where the list of dead registration ids is fetched; null: it is not. OPPO has none overseas. */
  feedbackEndpoint: z.url().nullable().default('https://feedback.push.oppomobile.com'),
  feedbackEverySeconds: z.number().int().min(60).max(86_400).default(3_600),
  /** The Android notification channel; null is OPPO's default channel. */
  channelId: z.string().min(1).max(64).nullable().default(null),
  /** The category per class of push, where a strategy names none. A class that is left out is sent without. */
  categories: z.partialRecord(pushClassSchema, oppoCategorySchema).default({}),
  /** The template of pushes in category IM, where a strategy names none. */
  imTemplate: oppoTemplateSchema.nullable().default(null),
  /** `long` shows up to 128 characters instead of `contentCharacters`. */
  style: z.enum(['standard', 'long']).default('standard'),
  /** The most characters of a standard notification's text: 50 in OPPO's current document, 200 in an older one. */
  contentCharacters: z.number().int().min(1).max(200).default(50),
  /** True: the phone drops a push whose registration id is no longer its own. */
  verifyRegistrationId: z.boolean().default(true),
  /** How many marketing pushes OPPO takes of the app in a day (100,000, or twice the users); null: it is left to OPPO to say. */
  marketingPerDay: z.number().int().min(1).nullable().default(null),
  /** How many marketing pushes OPPO delivers to a phone in a day: 5 of a news app, 2 of any other; null is no limit. */
  marketingPerDevicePerDay: z.number().int().min(1).nullable().default(2),
});
export type OppoSettings = z.infer<typeof oppoSettingsSchema>;

/** What a strategy says to OPPO alone; each overrides the app's default. */
export const oppoStrategySchema = z.strictObject({
  category: oppoCategorySchema.optional(),
  /** 1: in the drawer, 2: on the lock screen too, 16: with a banner, sound and vibration (a right that OPPO grants). */
  notifyLevel: z.union([z.literal(1), z.literal(2), z.literal(16)]).optional(),
  channelId: z.string().min(1).max(64).optional(),
  template: oppoTemplateSchema.optional(),
  style: z.enum(['standard', 'long']).optional(),
});
export type OppoStrategy = z.infer<typeof oppoStrategySchema>;

/** What OPPO is told of a push: the strategy's words, else the app's. */
export interface OppoPresentation {
  readonly category: OppoCategory | null;
  readonly notifyLevel: 1 | 2 | 16 | null;
  readonly channelId: string | null;
  readonly template: OppoTemplate | null;
  readonly style: 'standard' | 'long';
}

/** Joins a strategy's section with the app's defaults for that class of push. */
export function oppoPresentation(
  section: OppoStrategy,
  pushClass: PushClass,
  settings: OppoSettings,
): OppoPresentation {
  const category = section.category ?? settings.categories[pushClass] ?? null;
  return {
    category,
    notifyLevel: section.notifyLevel ?? null,
    channelId: section.channelId ?? settings.channelId,
    template: section.template ?? (category === 'IM' ? settings.imTemplate : null),
    style: section.style ?? settings.style,
  };
}

export const oppoWords: VendorWords<typeof oppoSettingsSchema, typeof oppoStrategySchema> = {
  settings: oppoSettingsSchema,
  strategy: oppoStrategySchema,
  strategies: ['alert'],
  hasCallToken: false,
  lint,
};

function lint(section: OppoStrategy, context: LintContext<OppoSettings>): readonly LintFault[] {
  const { category, notifyLevel, template } = oppoPresentation(section, context.pushClass, context.settings);
  const faults: LintFault[] = [];
  const isMarketing = context.pushClass === 'marketing';
  if (category !== null && isOppoMarketing(category) !== isMarketing) {
    const fitting = isMarketing ? marketingCategories : communicationCategories;
    faults.push({
      path: ['category'],
      message: `category ${category} does not fit class ${context.pushClass}: write ${fitting.join(', ')}, or another class`,
    });
  }
  if (category === 'IM' && template === null)
    faults.push({
      path: ['template'],
      message:
        'OPPO takes category IM with a private template only: name a template here, or imTemplate in the settings',
    });
  if (template !== null && (category === null || isOppoMarketing(category)))
    faults.push({
      path: ['template'],
      message: 'a private template needs a category of communication and service, for instance IM',
    });
  if (notifyLevel !== null && category === null)
    faults.push({
      path: ['notifyLevel'],
      message: 'OPPO takes a notifyLevel with a category only: name a category',
    });
  return faults;
}
