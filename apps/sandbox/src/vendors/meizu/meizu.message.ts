const mostHours = 72;
const defaultHours = 24;

type Json = Readonly<Record<string, unknown>>;

/** A notification of `messageJson`, checked. */
export interface MeizuMessage {
  readonly isPrivate: boolean;
  readonly title: string;
  readonly content: string;
  /** 0: a phone that is away does not get it. */
  readonly validHours: number;
  readonly notifyKey: string | null;
  readonly parameters: unknown;
  readonly callback: { readonly url: string; readonly param: string | null; readonly type: number } | null;
}

/** Null where a field is missing, too long, or not what it must be: Meizu has one code for all of it. */
export function readMessage(json: string): MeizuMessage | null {
  const root = objectOf(parse(json));
  const bar = objectOf(root?.['noticeBarInfo']);
  if (root === null || bar === null) return null;
  const click = objectOf(root['clickTypeInfo'] ?? {});
  const time = objectOf(root['pushTimeInfo'] ?? {});
  const advance = objectOf(root['advanceInfo'] ?? {});
  if (click === null || time === null || advance === null) return null;
  const title = textOf(bar['title'], 32);
  const content = textOf(bar['content'], 100);
  const validHours = hoursOf(time);
  const callback = root['extra'] === undefined ? null : callbackOf(objectOf(root['extra']));
  const isGood =
    isOneOf(bar['noticeMsgType'], [0, 1]) &&
    isOneOf(bar['noticeBarType'], [0, 2]) &&
    isClick(click) &&
    isAdvance(advance);
  if (!isGood || title === null || content === null || validHours === null || callback === undefined)
    return null;
  return {
    isPrivate: bar['noticeMsgType'] === 1,
    title,
    content,
    validHours,
    notifyKey: typeof advance['notifyKey'] === 'string' ? advance['notifyKey'] : null,
    parameters: click['parameters'] ?? {},
    callback,
  };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // Not JSON is no message.
    return null;
  }
}

function objectOf(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

function isOneOf(value: unknown, allowed: readonly number[]): boolean {
  return value === undefined || (typeof value === 'number' && allowed.includes(value));
}

/** Characters as Java counts them: the stricter reading. */
function textOf(value: unknown, most: number): string | null {
  return typeof value === 'string' && value.length >= 1 && value.length <= most ? value : null;
}

function hoursOf({ offLine = 1, validTime = defaultHours }: Json): number | null {
  if (offLine === 0) return 0;
  if (offLine !== 1 || typeof validTime !== 'number' || !Number.isInteger(validTime)) return null;
  return validTime >= 1 && validTime <= mostHours ? validTime : null;
}

/** 3, left to the app, is withdrawn. */
function isClick({ clickType = 0, activity, url, parameters }: Json): boolean {
  if (parameters !== undefined && objectOf(parameters) === null) return false;
  if (clickType === 0) return true;
  if (clickType === 1) return typeof activity === 'string' && /^\w+(\.\w+)+$/.test(activity);
  return clickType === 2 && typeof url === 'string' && url !== '';
}

function isAdvance({ suspend, clearNoticeBar, notificationType, notifyKey }: Json): boolean {
  const kinds = objectOf(notificationType ?? {});
  const isKey = notifyKey === undefined || (typeof notifyKey === 'string' && /^[\w-]{0,8}$/.test(notifyKey));
  return (
    kinds !== null &&
    isKey &&
    [suspend, clearNoticeBar, kinds['vibrate'], kinds['lights'], kinds['sound']].every((flag) =>
      isOneOf(flag, [0, 1]),
    )
  );
}

/** Undefined where it is wrong. */
function callbackOf(extra: Json | null): MeizuMessage['callback'] | undefined {
  if (extra === null) return undefined;
  const { callback, 'callback.param': param = null, 'callback.type': type = 3 } = extra;
  if (typeof callback !== 'string' || callback === '' || Buffer.byteLength(callback) > 128) return undefined;
  if (param !== null && (typeof param !== 'string' || Buffer.byteLength(param) > 64)) return undefined;
  const number = Number(type);
  return [1, 2, 3].includes(number) ? { url: callback, param, type: number } : undefined;
}
