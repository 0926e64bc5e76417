import { isInteger, isObject, objectAt, textAt, type Json } from '../read-json.js';

const colorForm = /^#[0-9A-Fa-f]{6}$/;
/** Seconds; Huawei's own example servers also leave the unit out. */
const durationForm = /^\d{1,6}(\.\d{1,9})?[sS]?$/;
const instantForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;

/** Field by field; a field that is left out is right. */
const fieldRules: Readonly<Record<string, (value: unknown) => boolean>> = {
  title: (value) => typeof value === 'string',
  body: (value) => typeof value === 'string',
  channel_id: (value) => typeof value === 'string',
  tag: (value) => typeof value === 'string',
  group: (value) => typeof value === 'string',
  ticker: (value) => typeof value === 'string',
  notify_summary: (value) => typeof value === 'string',
  // HIGH stands in Huawei's own programs only.
  importance: (value) => value === 'LOW' || value === 'NORMAL' || value === 'HIGH',
  notify_id: (value) => isInteger(value, -2_147_483_648, 2_147_483_647),
  foreground_show: (value) => typeof value === 'boolean',
  default_sound: (value) => typeof value === 'boolean',
  use_default_vibrate: (value) => typeof value === 'boolean',
  use_default_light: (value) => typeof value === 'boolean',
  sound: (value) => typeof value === 'string' && value.startsWith('/raw/'),
  icon: (value) => typeof value === 'string' && value.startsWith('/raw/'),
  color: (value) => typeof value === 'string' && colorForm.test(value),
  image: (value) => typeof value === 'string' && value.startsWith('https://'),
  when: (value) => typeof value === 'string' && instantForm.test(value),
  visibility: (value) => ['VISIBILITY_UNSPECIFIED', 'PUBLIC', 'SECRET', 'PRIVATE'].includes(value as string),
  style: (value) => value === 0 || value === 1 || value === 3,
  inbox_content: (value) => isListOf(value, 5, (line) => typeof line === 'string' && line.length <= 1_024),
  vibrate_config: (value) => isListOf(value, 10, isVibration),
  light_settings: isLight,
  buttons: (value) => isListOf(value, 3, isButton),
  multi_lang_key: (value) =>
    isObject(value) && Object.values(value).every((each) => isObject(each) && Object.keys(each).length <= 3),
  profile_id: (value) => typeof value === 'string' && value.length <= 64,
  auto_clear: (value) => isInteger(value, 1, Number.MAX_SAFE_INTEGER),
  badge: isBadge,
};

/** Which field of a notification is wrong, in our words; null: none is. */
export function faultOfNotification(own: Json, common: Json): string | null {
  for (const [name, value] of Object.entries(own))
    if (Object.hasOwn(fieldRules, name) && fieldRules[name]?.(value) === false) return name;
  for (const name of ['title', 'body', 'image'])
    if (common[name] !== undefined && fieldRules[name]?.(common[name]) === false) return name;
  if (own['style'] === 1 && (textAt(own, 'big_title') === null || textAt(own, 'big_body') === null))
    return 'style 1 needs big_title and big_body';
  if (own['style'] === 3 && own['inbox_content'] === undefined) return 'style 3 needs inbox_content';
  return isClick(own['click_action']) ? null : 'click_action';
}

function isClick(click: unknown): boolean {
  if (!isObject(click)) return false;
  switch (click['type']) {
    case 1:
      return textAt(click, 'intent') !== null || textAt(click, 'action') !== null;
    case 2:
      return textAt(click, 'url')?.startsWith('https://') === true;
    case 3:
      return true;
    case 4:
      return textAt(click, 'rich_resource') !== null;
    default:
      return false;
  }
}

function isBadge(badge: unknown): boolean {
  if (!isObject(badge) || textAt(badge, 'class') === null) return false;
  const { add_num: add, set_num: set } = badge;
  return (add === undefined || isInteger(add, 1, 99)) && (set === undefined || isInteger(set, 0, 99));
}

function isVibration(value: unknown): boolean {
  if (typeof value !== 'string' || !durationForm.test(value)) return false;
  const seconds = Number.parseFloat(value);
  return seconds > 0 && seconds <= 60;
}

function isLight(value: unknown): boolean {
  if (!isObject(value)) return false;
  const color = objectAt(value, 'color');
  const parts = ['alpha', 'red', 'green', 'blue'].map((name) => color[name] ?? 0);
  const isColor = parts.every((part) => typeof part === 'number' && part >= 0 && part <= 1);
  return (
    isColor &&
    ['light_on_duration', 'light_off_duration'].every((name) => durationForm.test(textAt(value, name) ?? ''))
  );
}

function isButton(button: unknown): boolean {
  if (!isObject(button)) return false;
  const name = textAt(button, 'name') ?? '';
  const data = textAt(button, 'data');
  return (
    name.length >= 1 &&
    name.length <= 40 &&
    isInteger(button['action_type'], 0, 4) &&
    (button['intent_type'] === undefined || isInteger(button['intent_type'], 0, 1)) &&
    (data === null ? button['action_type'] !== 4 : data.length <= 1_024)
  );
}

function isListOf(value: unknown, most: number, isRight: (each: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length <= most && value.every(isRight);
}
