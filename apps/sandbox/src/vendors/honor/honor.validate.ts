import { isObject, type Json, objectAt, parseObject } from '../read-json.js';
import { textIn } from './honor.json.js';

const mostTokens = 1_000;
const mostBytes = 4_096;
const longestTtlSeconds = 1_296_000;
const mostButtons = 3;
const longestButtonName = 40;
const longestButtonData = 1_024;
const highestBadge = 99;
const highestActionType = 2;
const dayTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** A message that may go out. */
export interface HonorSend {
  readonly tokens: readonly string[];
  readonly ttlSeconds: number;
  readonly biTag: string | null;
  readonly isTest: boolean;
  readonly data: string | null;
  /** Null: handed to the app alone. */
  readonly notification: HonorNotification | null;
}
export interface HonorNotification {
  readonly title: string;
  readonly body: string;
  readonly importance: 'LOW' | 'NORMAL' | null;
  /** -1: one of its own. */
  readonly notifyId: number;
  readonly setNum: number | null;
  readonly addNum: number | null;
}

/** The message, or what is wrong with it. */
export function readHonorSend(text: string): HonorSend | string {
  const body = parseObject(text);
  if (body === null) return 'the body is no JSON object';
  if (body['message'] !== undefined) return 'a message wrapper';
  const { token: tokens } = body;
  if (!isTextList(tokens)) return 'token is no list of texts';
  if (tokens.length > mostTokens) return 'more than 1000 tokens';
  if (Buffer.byteLength(JSON.stringify({ ...body, token: [] })) > mostBytes) return 'more than 4096 bytes';
  const android = objectAt(body, 'android');
  const fault = faultOfAndroid(android) ?? faultOfData(body, android);
  if (fault !== null) return fault;
  const hasNotification = body['notification'] !== undefined || android['notification'] !== undefined;
  const data = textIn(android, 'data') ?? textIn(body, 'data');
  if (!hasNotification && data === null) return 'neither data nor notification';
  const notification = hasNotification
    ? readNotification(objectAt(body, 'notification'), objectAt(android, 'notification'))
    : null;
  if (typeof notification === 'string') return notification;
  return {
    tokens,
    ttlSeconds: Number.parseInt(textIn(android, 'ttl') ?? '86400s', 10),
    biTag: textIn(android, 'biTag'),
    isTest: android['targetUserType'] === 1,
    data,
    notification,
  };
}

function faultOfAndroid({ ttl, biTag, targetUserType }: Json): string | null {
  if (ttl !== undefined && !(typeof ttl === 'string' && /^\d{1,9}s$/.test(ttl)))
    return 'ttl is no number of seconds';
  if (typeof ttl === 'string' && Number.parseInt(ttl, 10) > longestTtlSeconds)
    return 'ttl is longer than 15 days';
  if (biTag !== undefined && typeof biTag !== 'string') return 'biTag is no text';
  const isKnownType = targetUserType === undefined || targetUserType === 0 || targetUserType === 1;
  return isKnownType ? null : 'targetUserType is neither 0 nor 1';
}

function faultOfData(body: Json, android: Json): string | null {
  const isRight = [body['data'], android['data']].every(
    (data) => data === undefined || typeof data === 'string',
  );
  return isRight ? null : 'data is no text';
}

/** The words for all phones, with Android's own over them. */
function readNotification(common: Json, own: Json): HonorNotification | string {
  const all = { ...common, ...own };
  const title = textIn(all, 'title');
  const body = textIn(all, 'body');
  if (title === null || body === null) return 'title or body is missing';
  const { importance, notifyId, badge = {} } = all;
  if (importance !== undefined && importance !== 'LOW' && importance !== 'NORMAL')
    return 'importance is neither LOW nor NORMAL';
  const fault =
    faultOfClick(all['clickAction']) ??
    faultOfStyle(all, title, body) ??
    faultOfBadge(all['badge']) ??
    faultOfButtons(all['buttons']) ??
    faultOfRest(all);
  if (fault !== null) return fault;
  const numbers = isObject(badge) ? badge : {};
  return {
    title,
    body,
    importance: importance ?? null,
    notifyId: typeof notifyId === 'number' ? notifyId : -1,
    setNum: typeof numbers['setNum'] === 'number' ? numbers['setNum'] : null,
    addNum: typeof numbers['addNum'] === 'number' ? numbers['addNum'] : null,
  };
}

function faultOfClick(click: unknown): string | null {
  if (!isObject(click)) return 'clickAction is missing';
  switch (click['type']) {
    case 1:
      return textIn(click, 'intent') === null && textIn(click, 'action') === null
        ? 'clickAction 1 needs intent or action'
        : null;
    case 2:
      return textIn(click, 'url')?.startsWith('https://') === true
        ? null
        : 'clickAction 2 needs an https url';
    case 3:
      return null;
    default:
      return 'clickAction type is none of 1, 2, 3';
  }
}

function faultOfStyle(all: Json, title: string, body: string): string | null {
  const style = all['style'] ?? 0;
  if (style === 0) return null;
  if (style !== 1) return 'style is neither 0 nor 1';
  const isSame = all['bigTitle'] === title && all['bigBody'] === body;
  return isSame ? null : 'style 1 needs bigTitle and bigBody as title and body';
}

function faultOfBadge(badge: unknown): string | null {
  if (badge === undefined) return null;
  if (!isObject(badge) || textIn(badge, 'badgeClass') === null) return 'badge needs badgeClass';
  const { addNum, setNum } = badge;
  if (addNum !== undefined && !isWithin(addNum, 1, highestBadge)) return 'addNum is not within 1 and 99';
  return setNum === undefined || isWithin(setNum, 0, highestBadge) ? null : 'setNum is not within 0 and 99';
}

function faultOfButtons(buttons: unknown): string | null {
  if (buttons === undefined) return null;
  if (!Array.isArray(buttons) || buttons.length > mostButtons) return 'more than three buttons';
  for (const button of buttons as readonly unknown[]) {
    const name = isObject(button) ? textIn(button, 'name') : null;
    if (!isObject(button) || name === null || name.length > longestButtonName)
      return 'a button needs a name of at most 40 characters';
    if (!isWithin(button['actionType'], 0, highestActionType)) return 'actionType is not within 0 and 2';
    if ((textIn(button, 'data') ?? '').length > longestButtonData)
      return "a button's data is longer than 1024";
  }
  return null;
}

function faultOfRest({ image, notifyId, when, tag, group }: Json): string | null {
  if (image !== undefined && !(typeof image === 'string' && image.startsWith('https://')))
    return 'image is no https address';
  if (notifyId !== undefined && !isWithin(notifyId, -1, 2_147_483_647))
    return 'notifyId is no whole number from -1';
  if (when !== undefined && !(typeof when === 'string' && dayTime.test(when)))
    return 'when is no time in UTC';
  const isText = (value: unknown): boolean => value === undefined || typeof value === 'string';
  return isText(tag) && isText(group) ? null : 'tag or group is no text';
}

function isTextList(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string' && each !== '')
  );
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}
