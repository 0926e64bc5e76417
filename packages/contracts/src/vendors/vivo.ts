import { z } from 'zod';
import { type PushClass, pushClassSchema } from '../push/resource.js';
import type { LintContext, LintFault, VendorWords } from './words.js';
import { wire } from './wire.js';

const systemCategories = ['IM', 'ACCOUNT', 'TODO', 'DEVICE_REMINDER', 'ORDER', 'SUBSCRIPTION'] as const;
const operationalCategories = ['NEWS', 'CONTENT', 'MARKETING', 'SOCIAL'] as const;

/** vivo's second-level categories: those of system messages, then those of operational ones. */
export const vivoCategorySchema = z.enum([...systemCategories, ...operationalCategories]);
export type VivoCategory = z.infer<typeof vivoCategorySchema>;

/** vivo's first level: `system` is about the person (a right of its own), `operational` is what can be done without. */
export const vivoClassificationSchema = z.enum(['system', 'operational']);
export type VivoClassification = z.infer<typeof vivoClassificationSchema>;

/** The classification that a category belongs to; any other is refused with 10097. */
export function vivoClassificationOf(category: VivoCategory): VivoClassification {
  return (systemCategories as readonly string[]).includes(category) ? 'system' : 'operational';
}

/** How a notification is heard and felt. */
export const vivoNotifySchema = z.enum(['none', 'ring', 'vibrate', 'both']);

/** vivo push of an app. `credential` is a JSON file with `appKey` and `appSecret`. */
export const vivoSettingsSchema = z.object({
  ...wire,
  appId: z.number().int().min(1),
  endpoint: z.url().default('https://api-push.vivo.com.cn'),
  /** The category per class of push, where a strategy names none. A class that is left out is sent without. */
  categories: z.partialRecord(pushClassSchema, vivoCategorySchema).default({}),
  /** False: the app has no right to system messages, so everything is operational unless a category says otherwise. */
  systemMessages: z.boolean().default(true),
  notify: vivoNotifySchema.default('both'),
  /** The most characters of title and text: 40 and 100 in vivo's current document. */
  titleCharacters: z.number().int().min(1).max(40).default(40),
  contentCharacters: z.number().int().min(1).max(100).default(100),
  /** True: a Chinese character counts two of them, as in an older document. */
  countsWideTwice: z.boolean().default(false),
  /** A day in vivo's current document, seven in an older one. */
  longestTtlSeconds: z.number().int().min(60).max(604_800).default(86_400),
  /** The id of the receipt address that was registered in vivo's console; null: the address stands in each single push. */
  receiptId: z.string().min(1).max(64).nullable().default(null),
  /** True: pushes are tests, which reach only the devices that the console lists. */
  testMode: z.boolean().default(false),
  /** What vivo delivers of the app in a day; null: it is left to vivo to say. */
  systemPerDay: z.number().int().min(1).nullable().default(null),
  operationalPerDay: z.number().int().min(1).nullable().default(null),
  /** How many operational pushes vivo delivers to a phone in a day: 5 of a news app, 2 of any other; null is no limit. */
  operationalPerDevicePerDay: z.number().int().min(1).nullable().default(2),
});
export type VivoSettings = z.infer<typeof vivoSettingsSchema>;

/** What a strategy says to vivo alone; each overrides the app's default. */
export const vivoStrategySchema = z.strictObject({
  category: vivoCategorySchema.optional(),
  classification: vivoClassificationSchema.optional(),
  notify: vivoNotifySchema.optional(),
  /** False: not shown while the app is in front. */
  foregroundShow: z.boolean().optional(),
  /** True: delivered only to a phone that is online now. */
  sendOnline: z.boolean().optional(),
});
export type VivoStrategy = z.infer<typeof vivoStrategySchema>;

/** What vivo is told of a push: the strategy's words, else the app's. */
export interface VivoPresentation {
  readonly category: VivoCategory | null;
  readonly classification: VivoClassification;
  readonly notify: z.infer<typeof vivoNotifySchema>;
  readonly foregroundShow: boolean;
  readonly sendOnline: boolean;
}

/** Joins a strategy's section with the app's defaults for that class of push. */
export function vivoPresentation(
  section: VivoStrategy,
  pushClass: PushClass,
  settings: VivoSettings,
): VivoPresentation {
  const category = section.category ?? settings.categories[pushClass] ?? null;
  const ofClass = pushClass === 'marketing' || !settings.systemMessages ? 'operational' : 'system';
  return {
    category,
    classification: section.classification ?? (category === null ? ofClass : vivoClassificationOf(category)),
    notify: section.notify ?? settings.notify,
    foregroundShow: section.foregroundShow ?? true,
    sendOnline: section.sendOnline ?? false,
  };
}

export const vivoWords: VendorWords<typeof vivoSettingsSchema, typeof vivoStrategySchema> = {
  settings: vivoSettingsSchema,
  strategy: vivoStrategySchema,
  strategies: ['alert'],
  hasCallToken: false,
  lint,
};

function lint(section: VivoStrategy, context: LintContext<VivoSettings>): readonly LintFault[] {
  const { category, classification } = vivoPresentation(section, context.pushClass, context.settings);
  const faults: LintFault[] = [];
  const isMarketing = context.pushClass === 'marketing';
  if (category !== null && (vivoClassificationOf(category) === 'operational') !== isMarketing) {
    const fitting = isMarketing ? operationalCategories : systemCategories;
    faults.push({
      path: ['category'],
      message: `category ${category} does not fit class ${context.pushClass}: write ${fitting.join(', ')}, or another class`,
    });
  }
  if (category !== null && vivoClassificationOf(category) !== classification)
    faults.push({
      path: ['classification'],
      message: `category ${category} is ${vivoClassificationOf(category)}: leave classification out, or name another category`,
    });
  if (isMarketing && classification === 'system' && category === null)
    faults.push({
      path: ['classification'],
      message:
        'marketing as a system message costs an app its right to them: write operational, or another class',
    });
  if (classification === 'system' && !context.settings.systemMessages)
    faults.push({
      path: [section.classification === undefined ? 'category' : 'classification'],
      message: 'the app has no right to system messages (systemMessages: false in the settings)',
    });
  return faults;
}
