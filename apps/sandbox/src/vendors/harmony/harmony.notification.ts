import { isInteger, isObject, textAt, type Json } from '../read-json.js';

export const marketingCategory = 'MARKETING';
export const voiceCategory = 'PLAY_VOICE';
const categories: readonly unknown[] = [
  'IM',
  'VOIP',
  'MISS_CALL',
  'SUBSCRIPTION',
  'TRAVEL',
  'HEALTH',
  'WORK',
  'ACCOUNT',
  'EXPRESS',
  'FINANCE',
  'DEVICE_REMINDER',
  'MAIL',
  voiceCategory,
  marketingCategory,
];
const mostLines = 5;
const longestLine = 1_024;

/** Field by field; a field that is left out is right. */
const rules: Readonly<Record<string, (value: unknown) => boolean>> = {
  category: (value) => categories.includes(value),
  title: (value) => typeof value === 'string',
  body: (value) => typeof value === 'string',
  image: (value) => typeof value === 'string' && value.startsWith('https://'),
  style: (value) => value === 0 || value === 3,
  notifyId: (value) => isInteger(value, 0, 2_147_483_647),
  appMessageId: (value) => typeof value === 'string' && value.length >= 1 && value.length <= 64,
  profileId: (value) => typeof value === 'string' && value.length <= 64,
  inboxContent: (value) =>
    Array.isArray(value) &&
    value.length <= mostLines &&
    value.every((line) => typeof line === 'string' && line.length <= longestLine),
  clickAction: isClick,
  badge: isBadge,
  sound: (value) => typeof value === 'string',
  soundDuration: (value) => isInteger(value, 1, 60),
  foregroundShow: (value) => typeof value === 'boolean',
};

/** Which field of a notification is wrong, in our words; null: none is. */
export function faultOfNotification(notification: Json): string | null {
  for (const name of ['category', 'title', 'body', 'clickAction'])
    if (notification[name] === undefined) return `${name} is missing`;
  for (const [name, value] of Object.entries(notification))
    if (Object.hasOwn(rules, name) && rules[name]?.(value) === false) return name;
  if (notification['style'] === 3 && notification['inboxContent'] === undefined)
    return 'style 3 needs inboxContent';
  return null;
}

function isClick(click: unknown): boolean {
  if (!isObject(click)) return false;
  if (click['data'] !== undefined && !isObject(click['data'])) return false;
  if (click['actionType'] === 0) return true;
  return click['actionType'] === 1 && (textAt(click, 'action') !== null || textAt(click, 'uri') !== null);
}

function isBadge(badge: unknown): boolean {
  if (!isObject(badge)) return false;
  const { addNum: add, setNum: set } = badge;
  return (add === undefined || isInteger(add, 1, 99)) && (set === undefined || isInteger(set, 0, 99));
}
