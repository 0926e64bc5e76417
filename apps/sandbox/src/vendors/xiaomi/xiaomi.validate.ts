import type { XiaomiApp, XiaomiChannelRegistration } from './xiaomi.apps.js';
import type { XiaomiMessage } from './xiaomi.form.js';
import type { XiaomiSwitches } from './xiaomi.switches.js';

/** The class that a message is counted in. */
export type XiaomiClass = 'default' | 'public' | 'private';

const emoji = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\p{Emoji_Modifier}|\u{20e3}/u;
const own = new Set([
  'callback',
  'callback.param',
  'callback.type',
  'channel_id',
  'template_id',
  'template_param',
  'notify_effect',
  'intent_uri',
  'web_uri',
  'notify_foreground',
  'sound_uri',
  'jobkey',
  'only_send_once',
  'flow_control',
  'ticker',
  'locale',
  'locale_not_in',
  'app_version',
  'app_version_not_in',
  'connpt',
]);

const dayMs = 86_400_000;
/** As Java counts: the stricter reading, an emoji is two. */
const characters = (text: string): number => text.length;
const bytes = (text: string): number => Buffer.byteLength(text);

/** The code that Xiaomi would refuse the message with; null when it is good. */
export function checkMessage(
  { fields, extras }: XiaomiMessage,
  app: XiaomiApp,
  switches: XiaomiSwitches,
  now: number,
): number | null {
  return (
    checkPackages(fields.get('restricted_package_name'), app) ??
    checkTexts(fields) ??
    checkNumbers(fields, switches, now) ??
    checkExtras(extras, switches) ??
    checkCallback(extras, switches) ??
    checkClick(extras) ??
    checkChannel(extras, app, switches)
  );
}

export function classOf({ extras }: XiaomiMessage, app: XiaomiApp): XiaomiClass {
  return channelOf(extras, app)?.kind ?? 'default';
}

function channelOf(extras: ReadonlyMap<string, string>, app: XiaomiApp): XiaomiChannelRegistration | null {
  return app.channels.find(({ id }) => id === extras.get('channel_id')) ?? null;
}

function checkPackages(list: string | undefined, app: XiaomiApp): number | null {
  if (list === undefined || list === '') return 10016;
  return list.split(',').every((name) => app.packages.includes(name.trim())) ? null : 22022;
}

function checkTexts(fields: ReadonlyMap<string, string>): number | null {
  const passThrough = fields.get('pass_through') ?? '0';
  if (passThrough !== '0' && passThrough !== '1') return 10017;
  if (bytes(fields.get('payload') ?? '') > 4096) return 65009;
  if (passThrough === '1') return fields.has('payload') ? null : 10016;
  const title = fields.get('title');
  const description = fields.get('description');
  if (title === undefined || description === undefined) return 10016;
  if (title.trim() === '' || description.trim() === '') return 10017;
  // Both must be shorter than the figure.
  return characters(title) >= 50 || characters(description) >= 128 ? 10018 : null;
}

function checkNumbers(
  fields: ReadonlyMap<string, string>,
  { longestDelayDays }: XiaomiSwitches,
  now: number,
): number | null {
  const isWithin = (name: string, least: number, most: number): boolean => {
    const text = fields.get(name);
    return text === undefined || (/^-?\d{1,16}$/.test(text) && Number(text) >= least && Number(text) <= most);
  };
  const isGood =
    isWithin('notify_type', -1, 7) &&
    isWithin('notify_id', 0, 2_147_483_647) &&
    isWithin('time_to_live', 0, Number.MAX_SAFE_INTEGER) &&
    isWithin('time_to_send', 0, now + longestDelayDays * dayMs);
  return isGood ? null : 10017;
}

function checkExtras(
  extras: ReadonlyMap<string, string>,
  { countsOwnExtras }: XiaomiSwitches,
): number | null {
  const counted = [...extras].filter(([name]) => countsOwnExtras || !own.has(name));
  if (counted.length > 10) return 65014;
  // The callback's address has a code of its own.
  const isTooLong = ([name, value]: readonly [string, string]): boolean =>
    name !== 'callback' && (bytes(name) > 1024 || bytes(value) > 1024);
  if ([...extras].some(isTooLong)) return 10018;
  return counted.reduce((sum, [name, value]) => sum + bytes(name) + bytes(value), 0) >= 2048 ? 65015 : null;
}

function checkCallback(
  extras: ReadonlyMap<string, string>,
  { longestCallbackParamBytes }: XiaomiSwitches,
): number | null {
  const url = extras.get('callback');
  if (bytes(extras.get('callback.param') ?? '') > longestCallbackParamBytes) return 65036;
  if (url === undefined) return null;
  if (bytes(url) > 1024) return 65037;
  if (!/^https?:\/\/[^\s/]+/.test(url)) return 65038;
  const type = extras.get('callback.type') ?? '3';
  return /^\d{1,3}$/.test(type) && Number(type) > 0 && (Number(type) & ~243) === 0 ? null : 10017;
}

function checkClick(extras: ReadonlyMap<string, string>): number | null {
  const jobkey = extras.get('jobkey');
  if (jobkey !== undefined && !/^[0-9a-zA-Z-][0-9a-zA-Z_-]{0,19}$/.test(jobkey)) return 10017;
  if ((extras.get('notify_foreground') ?? '1').match(/^[01]$/) === null) return 10017;
  switch (extras.get('notify_effect')) {
    case undefined:
    case '1':
      return null;
    case '2':
      return extras.has('intent_uri') ? null : 10016;
    case '3':
      return extras.has('web_uri') ? null : 10016;
    default:
      return 10017;
  }
}

function checkChannel(
  extras: ReadonlyMap<string, string>,
  app: XiaomiApp,
  { channelRequired }: XiaomiSwitches,
): number | null {
  if (!extras.has('channel_id')) return channelRequired ? 27001 : null;
  const channel = channelOf(extras, app);
  if (channel === null) return 27001;
  if (channel.kind === 'public') return extras.has('template_id') ? 27001 : null;
  const template = app.templates.find(({ id }) => id === extras.get('template_id'));
  if (template === undefined) return 27001;
  const params = readParams(extras.get('template_param'));
  if (params === null) return 10017;
  const wanted = new Set([...variablesOf(template.title), ...variablesOf(template.description)]);
  const isMatching = params.size === wanted.size && [...wanted].every((name) => params.has(name));
  return isMatching && params.size <= 9 && [...params.values()].every(isGoodParam) ? null : 10017;
}

function isGoodParam(value: string): boolean {
  return value.trim() !== '' && characters(value) <= 128 && !emoji.test(value);
}

function variablesOf(text: string): readonly string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
}

/** Null where they are not a JSON object of texts. */
export function readParams(text: string | undefined): ReadonlyMap<string, string> | null {
  if (text === undefined) return new Map();
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    const entries: [string, unknown][] = Object.entries(value);
    return entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')
      ? new Map(entries)
      : null;
  } catch {
    // Not JSON: the caller has a code for it.
    return null;
  }
}
