import type { Answer } from '../../wire/exchange.js';

/** The codes of the page "服务端错误码" that have a meaning there, with a description each. */
export const xiaomiCodes: ReadonlyMap<number, string> = new Map([
  [-1, 'unknown error'],
  [1, 'internal error'],
  [10001, 'system error'],
  [10002, 'service unavailable'],
  [10003, 'remote service error'],
  [10004, 'ip limit'],
  [10008, 'parameter error'],
  [10009, 'system is busy'],
  [10010, 'job expired'],
  [10011, 'RPC error'],
  [10012, 'illegal request'],
  [10016, 'miss required parameter'],
  [10017, 'parameter value invalid'],
  [10018, 'parameter value too long'],
  [10020, 'API not found'],
  [10021, 'HTTP method is not supported'],
  [10022, 'ip requests out of rate limit'],
  [10023, 'user requests out of rate limit'],
  [10024, 'API requests out of rate limit'],
  [10026, 'app is in the blacklist'],
  [10027, 'API requests out of rate limit'],
  [10028, 'requests out of rate limit'],
  [10029, 'device is invalid'],
  [10030, 'feedback out of rate limit'],
  [10031, 'app is forbidden'],
  [10032, 'feedback is forbidden'],
  [10033, 'feedback out of rate limit'],
  [10034, 'daily messages out of limit'],
  [10035, 'too many aliases'],
  [10036, 'app is in the blacklist'],
  [10037, 'request expired'],
  [10038, 'statistics are forbidden'],
  [10039, 'statistics out of rate limit'],
  [20209, 'topic is invalid'],
  [20215, 'subscribe failed'],
  [20216, 'unsubscribe failed'],
  [20301, 'message sending failed'],
  [20607, 'database error'],
  [21301, 'authentication failed'],
  [21302, 'invalid token'],
  [21303, 'restricted'],
  [21305, 'miss required parameter'],
  [22000, 'illegal app'],
  [22006, 'illegal app id'],
  [22007, 'illegal app key'],
  [22008, 'illegal app secret'],
  [22022, 'illegal package name'],
  [26004, 'broadcast too often'],
  [26006, 'broadcast needs a review'],
  [27001, 'channel is missing or does not match'],
  [65003, 'device not found'],
  [65006, 'alias too long'],
  [65007, 'topic too long'],
  [65008, 'too many aliases'],
  [65009, 'message content too long'],
  [65010, 'too many topics'],
  [65011, 'no target'],
  [65012, 'extra key too long'],
  [65013, 'extra value too long'],
  [65014, 'too many extra pairs'],
  [65015, 'extra content too long'],
  [65016, 'title too long'],
  [65017, 'description too long'],
  [65029, 'remote error'],
  [65035, 'too many targets'],
  [65036, 'callback param too long'],
  [65037, 'callback url too long'],
  [65038, 'callback url illegal'],
  [66108, 'package name does not match'],
  [200001, 'exceed quota'],
  [200002, 'requests per second out of limit'],
]);

const headers = { 'content-type': 'application/json;charset=UTF-8' };

/** A success carries its data; Xiaomi answers errors with 200 as well. */
export function okAnswer(traceId: string, data: object): Answer {
  const body = { result: 'ok', trace_id: traceId, code: 0, data, description: '成功', info: '' };
  return { status: 200, headers, body: JSON.stringify(body) };
}

export function errorAnswer(
  traceId: string,
  code: number,
  reason = xiaomiCodes.get(code) ?? '',
  status = 200,
): Answer {
  const body = {
    result: 'error',
    reason,
    trace_id: traceId,
    code,
    description: xiaomiCodes.get(code) ?? reason,
  };
  return { status, headers, body: JSON.stringify(body) };
}
