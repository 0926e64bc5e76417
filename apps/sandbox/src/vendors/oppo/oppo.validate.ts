import {
  communicationCategories,
  marketingCategories,
  type OppoApp,
  type OppoTemplate,
} from './oppo.apps.js';
import { type OppoRefusal, refusal } from './oppo.codes.js';

/** A message of a unicast or of a batch that OPPO takes. */
export interface OppoMessage {
  readonly registrationId: string;
  readonly appMessageId: string | null;
  readonly title: string;
  readonly content: string;
  readonly notifyId: number | null;
  readonly category: string | null;
  readonly channelId: string | null;
  readonly ttlSeconds: number;
  readonly isKeptOffline: boolean;
  readonly badge: { readonly adds: boolean; readonly count: number } | null;
  /** JSON text. */
  readonly data: string;
  readonly callbackUrl: string | null;
  readonly callbackParameter: string | null;
}

export type Json = Readonly<Record<string, unknown>>;

export interface OppoReading {
  readonly app: OppoApp;
  readonly isOverseas: boolean;
  readonly contentCharacters: number;
}

const registrationId = /^(?:(?:[0-9A-Za-z]{2,10}_)?(?:[A-Z]{2}|EUEX)_)?[0-9a-fA-F]{32}$/;
const registrationIdTarget = 2;
const aliasTarget = 5;
const longestTtlSeconds = 864_000;
const defaultTtlSeconds = 3_600;
const notifyLevels: readonly unknown[] = [1, 2, 16];
const bannerLevel = 16;
const contentCharactersOf: Readonly<Record<number, number>> = { 2: 128, 4: 50 };
const clickTypes: readonly unknown[] = [0, 1, 2, 4, 5];

/** Reads one element as documents 11236 and 11238 have it; a registration id that cannot be one is 10000, whatever else is wrong. */
export function readMessage(value: unknown, reading: OppoReading): OppoMessage | OppoRefusal {
  if (!isObject(value)) return refusal('41', 'message is not an object');
  for (const name of ['target_type', 'target_value', 'notification'])
    if (value[name] === undefined || value[name] === null) return refusal('40', name);
  const target = readTarget(value, reading.isOverseas);
  if (typeof target !== 'string') return target;
  const verify = value['verify_registration_id'];
  if (verify !== undefined && verify !== null && typeof verify !== 'boolean')
    return refusal('41', 'verify_registration_id');
  if (!isObject(value['notification'])) return refusal('41', 'notification');
  return readNotification(target, snakeCased(value['notification']), reading);
}

/** The registration id that an element names, for the ledger: whether or not OPPO takes it. */
export function tokenOf(value: unknown): string | null {
  const token = isObject(value) ? value['target_value'] : null;
  return typeof token === 'string' ? token : null;
}

export function tagOf(value: unknown): string | null {
  const notification = isObject(value) ? value['notification'] : null;
  const id = isObject(notification) ? (notification['notify_id'] ?? notification['notifyId']) : null;
  return typeof id === 'number' ? String(id) : null;
}

export function messageIdOf(value: unknown): string | null {
  const notification = isObject(value) ? value['notification'] : null;
  const id = isObject(notification) ? notification['app_message_id'] : null;
  return typeof id === 'string' ? id : null;
}

function readTarget(value: Json, isOverseas: boolean): string | OppoRefusal {
  const { target_type: type, target_value: token } = value;
  if (type !== registrationIdTarget && type !== aliasTarget) return refusal('41', 'target_type');
  if (typeof token !== 'string' || token === '' || /[;,]/.test(token)) return refusal('41', 'target_value');
  // Aliases are set by the app on the phone, which the sandbox's phones never do.
  if (type === aliasTarget) return refusal('41', 'target_value: no such alias');
  if (!registrationId.test(token) || isDomestic(token) === isOverseas) return refusal('10000');
  return token;
}

/** Document 11235, "addresses": no region, or CN as the last one, is China. */
function isDomestic(token: string): boolean {
  const parts = token.split('_');
  return parts.length === 1 || parts.at(-2) === 'CN';
}

function readNotification(
  token: string,
  fields: Json,
  { app, contentCharacters }: OppoReading,
): OppoMessage | OppoRefusal {
  const template = readTemplate(fields, app);
  if (template !== null && 'code' in template) return template;
  const refused =
    textFault(fields, contentCharacters, template !== null) ??
    clickFault(fields) ??
    timeFault(fields) ??
    callbackFault(fields) ??
    numberFault(fields) ??
    categoryFault(fields, app, template !== null);
  if (refused !== null) return refused;
  const ttl = integerIn(fields, 'off_line_ttl') ?? defaultTtlSeconds;
  const count = integerIn(fields, 'badge_message_count');
  return {
    registrationId: token,
    appMessageId: textIn(fields, 'app_message_id'),
    title: template?.title ?? textIn(fields, 'title') ?? '',
    content: template?.content ?? textIn(fields, 'content') ?? '',
    notifyId: integerIn(fields, 'notify_id'),
    category: textIn(fields, 'category'),
    channelId: textIn(fields, 'channel_id'),
    ttlSeconds: Math.min(ttl, longestTtlSeconds),
    isKeptOffline: fields['off_line'] !== false,
    badge: count === null ? null : { adds: fields['badge_operation_type'] === 1, count },
    data: textIn(fields, 'action_parameters') ?? '{}',
    callbackUrl: textIn(fields, 'call_back_url'),
    callbackParameter: textIn(fields, 'call_back_parameter'),
  };
}

function textFault(fields: Json, contentCharacters: number, hasTemplate: boolean): OppoRefusal | null {
  const style = fields['style'] ?? 1;
  if (style !== 1 && style !== 2 && style !== 4) return refusal('41', 'style');
  for (const name of ['title', 'content']) {
    const text = textIn(fields, name);
    if (text === null && !hasTemplate) return refusal('40', name);
  }
  const most = contentCharactersOf[style] ?? contentCharacters;
  return (
    longerThan(fields, 'title', 50) ??
    longerThan(fields, 'content', most) ??
    longerThan(fields, 'sub_title', 10) ??
    longerThan(fields, 'channel_id', 64) ??
    longerThan(fields, 'app_message_id', 64)
  );
}

function clickFault(fields: Json): OppoRefusal | null {
  const type = fields['click_action_type'] ?? 0;
  if (!clickTypes.includes(type)) return refusal('41', 'click_action_type');
  if ((type === 1 || type === 4) && textIn(fields, 'click_action_activity') === null)
    return refusal('41', 'click_action_activity');
  if ((type === 2 || type === 5) && textIn(fields, 'click_action_url') === null)
    return refusal('41', 'click_action_url');
  const parameters = textIn(fields, 'action_parameters');
  if (parameters !== null && parseObject(parameters) === null) return refusal('41', 'action_parameters');
  return (
    longerThan(fields, 'click_action_activity', 500) ??
    longerThan(fields, 'click_action_url', 2000) ??
    longerThan(fields, 'action_parameters', 4000)
  );
}

function timeFault(fields: Json): OppoRefusal | null {
  const ttl = fields['off_line_ttl'] ?? defaultTtlSeconds;
  if (!Number.isInteger(ttl) || (ttl as number) < 0) return refusal('41', 'off_line_ttl');
  const isKept = fields['off_line'] ?? true;
  if (typeof isKept !== 'boolean') return refusal('41', 'off_line');
  const showType = fields['show_time_type'] ?? 0;
  if (showType !== 0 && showType !== 1) return refusal('41', 'show_time_type');
  if (showType === 1) {
    const start = integerIn(fields, 'show_start_time') ?? 0;
    if (start === 0 || start >= (integerIn(fields, 'show_end_time') ?? 0))
      return refusal('41', 'show_start_time');
  }
  // Timed sends are for everybody at once.
  return (fields['push_time_type'] ?? 0) === 0 ? null : refusal('41', 'push_time_type');
}

/** The document says 100 characters for the parameter, the SDK 50: both are taken. */
function callbackFault(fields: Json): OppoRefusal | null {
  const url = fields['call_back_url'] ?? null;
  if (url !== null && (typeof url !== 'string' || !/^https?:\/\//.test(url)))
    return refusal('41', 'call_back_url');
  return longerThan(fields, 'call_back_url', 200) ?? longerThan(fields, 'call_back_parameter', 100);
}

function numberFault(fields: Json): OppoRefusal | null {
  const network = fields['network_type'] ?? 0;
  if (network !== 0 && network !== 1) return refusal('41', 'network_type');
  const id = fields['notify_id'] ?? 0;
  if (!Number.isInteger(id) || Math.abs(id as number) > 0x7fff_ffff) return refusal('41', 'notify_id');
  const operation = fields['badge_operation_type'] ?? 0;
  if (operation !== 0 && operation !== 1) return refusal('41', 'badge_operation_type');
  const count = fields['badge_message_count'] ?? 0;
  return Number.isInteger(count) && (count as number) >= 0 ? null : refusal('41', 'badge_message_count');
}

function categoryFault(fields: Json, app: OppoApp, hasTemplate: boolean): OppoRefusal | null {
  const category = fields['category'] ?? null;
  const level = fields['notify_level'] ?? null;
  const isKnown =
    category === null ||
    marketingCategories.includes(category as string) ||
    (communicationCategories.includes(category as string) &&
      app.approvedCategories.includes(category as string));
  if (!isKnown) return refusal('67', 'category');
  if (level !== null) {
    if (category === null || !notifyLevels.includes(level)) return refusal('67', 'notify_level');
    if (level === bannerLevel && !app.mayUseBanner) return refusal('67', 'notify_level');
  }
  return category === 'IM' && !hasTemplate ? refusal('54') : null;
}

/** The template's texts, filled; null where the message names none. */
function readTemplate(
  fields: Json,
  app: OppoApp,
): { readonly title: string; readonly content: string } | OppoRefusal | null {
  const id = fields['private_msg_template_id'] ?? null;
  if (id === null) return null;
  const template = app.templates.find((each) => each.id === id);
  if (template === undefined) return refusal('41', 'private_msg_template_id');
  const title = fill(template, 'title', fields['private_title_parameters']);
  const content = fill(template, 'content', fields['private_content_parameters']);
  if (title === null) return refusal('41', 'private_title_parameters');
  if (content === null) return refusal('41', 'private_content_parameters');
  return { title, content };
}

/** Null: the parameters are no JSON object of texts, or one is missing. */
function fill(template: OppoTemplate, part: 'title' | 'content', given: unknown): string | null {
  const parameters = given === undefined || given === null ? {} : parseObject(given);
  if (parameters === null) return null;
  let isWhole = true;
  const text = template[part].replaceAll(/\$\{(\w+)\}/g, (_all, name: string) => {
    const value = parameters[name];
    if (typeof value !== 'string') isWhole = false;
    return typeof value === 'string' ? value : '';
  });
  return isWhole ? text : null;
}

/** Every character counts one; Java's characters are UTF-16 units. */
function longerThan(fields: Json, name: string, most: number): OppoRefusal | null {
  const value = fields[name] ?? '';
  if (typeof value !== 'string') return refusal('41', name);
  return value.length > most ? refusal('41', `${name} is longer than ${most}`) : null;
}

function textIn(fields: Json, name: string): string | null {
  const value = fields[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

function integerIn(fields: Json, name: string): number | null {
  const value = fields[name];
  return typeof value === 'number' && Number.isInteger(value) ? value : null;
}

/** The document's own example spells the fields in camel case, its table in snake case. */
function snakeCased(fields: Json): Json {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}

function parseObject(text: unknown): Json | null {
  const value = typeof text === 'string' ? parseJson(text) : null;
  return isObject(value) ? value : null;
}

/** Undefined for what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
