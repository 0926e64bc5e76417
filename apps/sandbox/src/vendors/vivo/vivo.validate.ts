import type { VivoApp } from './vivo.apps.js';
import { refuse, type VivoRefusal } from './vivo.codes.js';
import { isObject, type Json } from '../read-json.js';
import { numberIn, textIn } from './vivo.json.js';
import type { VivoSwitches } from './vivo.switches.js';

/** A message that vivo takes, without its targets. */
export interface VivoMessage {
  readonly title: string;
  readonly content: string;
  readonly isOperational: boolean;
  readonly isTest: boolean;
  readonly notifyId: number | null;
  readonly ttlSeconds: number;
  readonly isOnlyForOnline: boolean;
  readonly addsBadge: boolean;
  /** JSON text. */
  readonly data: string;
  readonly callbackId: string | null;
  readonly callbackUrl: string | null;
  readonly callbackParam: string | null;
}

const systemCategories = ['IM', 'ACCOUNT', 'TODO', 'DEVICE_REMINDER', 'ORDER', 'SUBSCRIPTION'];
const operationalCategories = ['NEWS', 'CONTENT', 'MARKETING', 'SOCIAL'];
const extraKeys = ['callback', 'callback.param', 'callback.id'];
const titleCharacters = 40;
const contentCharacters = 100;
const customMapCharacters = 1_024;
const skipContentCharacters = 2_048;
const requestIdCharacters = 64;
const callbackCharacters = 128;
const paramCharacters = 192;
const shortestTtlSeconds = 60;
const defaultTtlSeconds = { system: 86_400, operational: 8 * 3_600 };

export function tagOf(body: Json | null): string | null {
  const id = body?.['notifyId'];
  return typeof id === 'number' ? String(id) : null;
}

/** `requestId`, which every call has. */
export function readRequestId(body: Json): string | VivoRefusal {
  const id = textIn(body, 'requestId');
  if (id === null) return refuse(10_352);
  return id.length > requestIdCharacters ? refuse(10_353) : id;
}

/** Reads the fields of a single push or of a saved body in the order of vivo's table. */
export function readMessage(body: Json, app: VivoApp, switches: VivoSwitches): VivoMessage | VivoRefusal {
  const pushMode = body['pushMode'] ?? 0;
  const isTest = pushMode === 1;
  if (!app.isChannelOn) return refuse(10_043);
  if (app.isUnderReview && !isTest) return refuse(10_045);
  const fault = lookFault(body, switches) ?? numberFault(body) ?? mapFault(body) ?? extraFault(body) ?? null;
  if (fault !== null) return fault;
  const isOperational = readClass(body);
  if (typeof isOperational !== 'boolean') return isOperational;
  if (!isOperational && !app.hasSystemMessages) return refuse(10_082);
  const title = textIn(body, 'title') ?? '';
  const content = textIn(body, 'content') ?? '';
  if (!isTest && isWatched(switches, isOperational) && (looksLikeTest(title) || looksLikeTest(content)))
    return refuse(10_104);
  const defaultTtl = isOperational ? defaultTtlSeconds.operational : defaultTtlSeconds.system;
  const extra = isObject(body['extra']) ? body['extra'] : {};
  return {
    title,
    content,
    isOperational,
    isTest,
    notifyId: numberIn(body, 'notifyId'),
    ttlSeconds: Math.min(numberIn(body, 'timeToLive') ?? defaultTtl, switches.longestTtlSeconds),
    isOnlyForOnline: body['sendOnline'] === true,
    addsBadge: body['addBadge'] === true,
    data: JSON.stringify(body['clientCustomMap'] ?? {}),
    callbackId: textIn(extra, 'callback.id'),
    callbackUrl: textIn(extra, 'callback'),
    callbackParam: textIn(extra, 'callback.param'),
  };
}

function lookFault(body: Json, switches: VivoSwitches): VivoRefusal | null {
  const notifyType = numberIn(body, 'notifyType') ?? 0;
  if (![1, 2, 3, 4].includes(notifyType)) return refuse(10_054);
  const title = textIn(body, 'title');
  const content = textIn(body, 'content');
  if (title === null) return refuse(10_055);
  if (lengthOf(title, switches) > titleCharacters) return refuse(10_056);
  if (content === null) return refuse(10_057);
  if (lengthOf(content, switches) > contentCharacters) return refuse(10_058);
  return null;
}

function numberFault(body: Json): VivoRefusal | null {
  const ttl = body['timeToLive'];
  if (ttl !== undefined && (!Number.isInteger(ttl) || (ttl as number) < shortestTtlSeconds))
    return refuse(10_059);
  const skipType = numberIn(body, 'skipType') ?? 0;
  if (![1, 2, 3, 4].includes(skipType)) return refuse(10_060);
  const skipContent = textIn(body, 'skipContent');
  if (skipType !== 1 && (skipContent === null || skipContent.length > skipContentCharacters))
    return refuse(10_060);
  const network = body['networkType'] ?? -1;
  if (network !== -1 && network !== 1) return refuse(10_065);
  const id = body['notifyId'] ?? 1;
  return Number.isInteger(id) && (id as number) >= 1 && (id as number) <= 2_147_483_647
    ? null
    : refuse(10_095);
}

function mapFault(body: Json): VivoRefusal | null {
  const map = body['clientCustomMap'] ?? {};
  if (!isObject(map) || !Object.values(map).every((value) => typeof value === 'string'))
    return refuse(10_067);
  const characters = Object.entries(map).reduce(
    (sum, [key, value]) => sum + key.length + String(value).length,
    0,
  );
  return characters > customMapCharacters ? refuse(10_067) : null;
}

function extraFault(body: Json): VivoRefusal | null {
  const extra = body['extra'] ?? {};
  if (!isObject(extra) || Object.keys(extra).some((key) => !extraKeys.includes(key))) return refuse(10_304);
  if ((textIn(extra, 'callback') ?? '').length > callbackCharacters) return refuse(10_305);
  return (textIn(extra, 'callback.param') ?? '').length > paramCharacters ? refuse(10_306) : null;
}

/** Whether it is operational. A category may stand alone; without either it is operational. */
function readClass(body: Json): boolean | VivoRefusal {
  const classification = body['classification'] ?? null;
  if (classification !== null && classification !== 0 && classification !== 1) return refuse(10_051);
  const category = body['category'] ?? null;
  if (category === null) return classification !== 1;
  const isOperational = operationalCategories.includes(category as string);
  if (!isOperational && !systemCategories.includes(category as string)) return refuse(10_096);
  return classification !== null && isOperational !== (classification === 0) ? refuse(10_097) : isOperational;
}

function isWatched({ refusesTestTexts }: VivoSwitches, isOperational: boolean): boolean {
  return refusesTestTexts === 'all' || (refusesTestTexts === 'operational' && isOperational);
}

/** Digits, letters or symbols and nothing else, or the word for test. */
function looksLikeTest(text: string): boolean {
  return /^(?:\d+|[A-Za-z]+|[^\p{L}\p{N}]+)$/u.test(text) || /测试|\btest\b/i.test(text);
}

/** Every character counts one; Java's characters are UTF-16 units. In an older document a Chinese one counts two. */
function lengthOf(text: string, { countsWideTwice }: VivoSwitches): number {
  if (!countsWideTwice) return text.length;
  let length = 0;
  for (let at = 0; at < text.length; at++) length += text.charCodeAt(at) > 0xff ? 2 : 1;
  return length;
}
