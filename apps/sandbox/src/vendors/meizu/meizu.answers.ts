import type { Answer } from '../../wire/exchange.js';

/** "Api returnCode": texts, of the request as a whole. */
export const meizuCodes: ReadonlyMap<string, string> = new Map([
  ['200', ''],
  ['500', 'other error'],
  ['1001', 'system error'],
  ['1003', 'server is busy'],
  ['1005', 'parameter error'],
  ['1006', 'signature authentication failed'],
  ['110000', 'illegal appId'],
  ['110001', 'illegal appKey'],
  ['110004', 'a parameter is empty'],
  ['110009', 'the app is in the blacklist'],
  ['110010', 'requests out of rate limit'],
  ['110019', 'messages of the day out of limit'],
  ['110031', 'no right'],
  ['110032', 'illegal taskId'],
  ['110033', 'the app is disabled'],
  ['110051', 'public messages of the day out of limit'],
  ['110053', 'pass-through messages out of limit'],
]);

/** Codes of single push ids, in the map of a good answer. */
export const meizuTargetCodes: ReadonlySet<string> = new Set([
  '201',
  '501',
  '513',
  '519',
  '520',
  '110002',
  '110003',
  '110005',
  '110010',
  '110011',
]);

const headers = { 'content-type': 'application/json; charset=UTF-8' };

/** A good answer names the push ids that it did not reach, by code. */
export function goodAnswer(msgId: string, value: Readonly<Record<string, readonly string[]>>): Answer {
  const body = { code: '200', message: '', value, redirect: '', msgId };
  return { status: 200, headers, body: JSON.stringify(body) };
}

export function errorAnswer(code: string, status = 200): Answer {
  const body = { code, message: meizuCodes.get(code) ?? '', value: '', redirect: '' };
  return { status, headers, body: JSON.stringify(body) };
}

export function pageAnswer(status: number): Answer {
  return { status, headers: { 'content-type': 'text/html' }, body: '<html></html>' };
}
