import type { Answer } from '../../wire/exchange.js';

/** OPPO's return codes (documents 11235 and 11238), with the texts that they carry. */
export const oppoCodes = {
  '-2': 'Service in Flow Control',
  '-1': 'Service Currently Unavailable',
  11: 'Invalid Auth Token',
  12: 'Http Action Not Allowed',
  13: 'App Call Limited',
  14: 'Invalid App Key',
  15: 'Missing App Key',
  16: 'Invalid Signature',
  17: 'Missing Signature',
  18: 'Missing Timestamp',
  19: 'Invalid Timestamp',
  20: 'Invalid Method',
  21: 'Missing Method',
  22: 'Missing Version',
  23: 'Invalid Version',
  24: 'Unsupported Version',
  25: 'Invalid encoding',
  26: 'IP Black List',
  27: 'Access Denied',
  28: 'App Disabled',
  29: 'Missing Auth Token',
  30: 'Api Permission Denied',
  31: 'Data Not Exist',
  32: 'Data Duplicate',
  33: 'The number of messages exceeds the daily limit',
  34: 'The number of uploaded pictures exceeds the daily limit',
  40: 'Missing Required Arguments',
  41: 'Invalid Arguments',
  42: 'The number of saved messages exceeds the daily limit',
  51: 'Invalid picture',
  54: 'private_msg_template_id is null',
  55: 'App frequency limit',
  59: 'No permission for the fallback link',
  67: 'Category or notify_level is not allowed',
  69: 'Global limit',
  500: 'Internal error',
  10000: 'Invalid Registration_id',
} as const;
export type OppoCode = `${keyof typeof oppoCodes}`;

/** Whether the text, as a fault names it, is one of the codes. */
export function isOppoCode(text: string): boolean {
  return Object.hasOwn(oppoCodes, text);
}

/** A refusal: the code and what it says more exactly. */
export interface OppoRefusal {
  readonly code: OppoCode;
  readonly detail: string | null;
}

export function refusal(code: OppoCode, detail: string | null = null): OppoRefusal {
  return { code, detail };
}

export function textOf({ code, detail }: OppoRefusal): string {
  return detail === null ? oppoCodes[code] : `${oppoCodes[code]}: ${detail}`;
}

/** OPPO answers 200 to everything; the code is a number. */
export function oppoAnswer(code: number, message: string, data: unknown): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json;charset=UTF-8' },
    body: JSON.stringify({ code, message, ...(data === undefined ? {} : { data }) }),
  };
}

export function refusalAnswer(refused: OppoRefusal): Answer {
  return oppoAnswer(Number(refused.code), textOf(refused), undefined);
}
