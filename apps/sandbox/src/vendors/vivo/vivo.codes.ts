import type { PlannedAnswer } from '../../faults.js';
import type { CallResult } from '../call-answerer.js';

/** vivo's return codes (document 362), with short texts. 10040 and 10910 stand in no document that could be read. */
const texts = {
  10000: 'authToken is missing, wrong or expired',
  10040: 'resources exhausted',
  10043: 'the push channel of the app is switched off',
  10045: 'an app under review cannot send formal messages',
  10050: 'regId and alias are empty',
  10051: 'classification is not supported',
  10054: 'notifyType is not valid',
  10055: 'title is empty',
  10056: 'title is too long',
  10057: 'content is empty',
  10058: 'content is too long',
  10059: 'timeToLive is not valid',
  10060: 'skipType is not valid',
  10065: 'networkType is not valid',
  10067: 'clientCustomMap is not valid',
  10070: 'the operational messages exceed the total',
  10071: 'operational messages are sent from 07:00 to 23:00',
  10072: 'sent too fast',
  10073: 'the system messages exceed the total',
  10082: 'the right to system messages is not open',
  10085: 'send a formal message',
  10093: 'authenticated too often',
  10094: 'authToken and appId do not match',
  10095: 'notifyId is not valid',
  10096: 'category is not valid',
  10097: 'category does not match classification',
  10103: 'sensitive content',
  10104: 'send a formal message',
  10150: 'regIds are empty',
  10151: 'taskId is empty',
  10152: 'taskId is not valid',
  10153: 'the number of regIds is not from 2 to 1000',
  10154: 'the number of aliases is not from 2 to 1000',
  10155: 'the saved message is gone',
  10200: 'appId is empty',
  10201: 'appKey is empty',
  10202: 'appKey is not valid',
  10203: 'timestamp is empty',
  10204: 'sign is empty',
  10205: 'appId does not exist',
  10206: 'sign is not right',
  10207: 'timestamp is not valid',
  10252: 'saveListPayload exceeds its total',
  10254: 'messages to everybody exceed their total',
  10302: 'regId is not valid',
  10304: 'extra has a key that is not supported',
  10305: 'callback is too long',
  10306: 'callback.param is too long',
  10307: 'alias is not valid',
  10311: 'the device cannot receive now',
  10352: 'requestId is empty',
  10353: 'requestId is too long',
  10800: 'too many regIds',
  10801: 'notification is empty',
  10910: 'requestId was used before',
} as const;
export type VivoCode = keyof typeof texts;

export const vivoCodes: readonly string[] = Object.keys(texts);

/** A refusal, and what stands in the answer besides. */
export interface VivoRefusal {
  readonly code: VivoCode;
  readonly more?: Readonly<Record<string, unknown>>;
}

export function refuse(code: VivoCode, more?: Readonly<Record<string, unknown>>): VivoRefusal {
  return more === undefined ? { code } : { code, more };
}

/** Business results are HTTP 200. */
export function vivoAnswer(result: number, desc: string, more: object = {}): CallResult['answer'] {
  return {
    status: 200,
    headers: { 'content-type': 'application/json;charset=UTF-8' },
    body: JSON.stringify({ result, desc, ...more }),
  };
}

export function refused({ code, more }: VivoRefusal): CallResult {
  return { answer: vivoAnswer(code, texts[code], more), reason: String(code) };
}

/** A planned code, or a planned HTTP status. */
export function plannedAnswer({ reason, status, retryAfterSeconds }: PlannedAnswer): CallResult {
  const hint: Record<string, string> =
    retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
  if (reason === null)
    return {
      answer: {
        status: status ?? 500,
        headers: { 'content-type': 'text/html', ...hint },
        body: '<html></html>',
      },
      reason: `HTTP_${status ?? 500}`,
    };
  const { answer } = refused(refuse(codeNamed(reason)));
  return { answer: { ...answer, headers: { ...answer.headers, ...hint } }, reason };
}

/** The code that a fault names by its digits. */
export function codeNamed(reason: string | null): VivoCode {
  return reason !== null && vivoCodes.includes(reason) ? (Number(reason) as VivoCode) : 10_040;
}
