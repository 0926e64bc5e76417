import type { Answer } from '../../wire/exchange.js';

/** Codes of the scenario-based message API (v3). Where Huawei's document has words of its own for one, they stand here. */
const messages = {
  '80000000': 'Success',
  '80100000': 'Check Parameter Partial Success.',
  '80100001': 'Check Parameter Error.',
  '80100002': 'The number of tokens must be 1.',
  '80100003': 'Illegal payload, the message structure is wrong',
  '80100004': 'Illegal expire time.',
  '80100013': 'Illegal collapse_key.',
  '80100016': 'The message contains sensitive content.',
  '80100017': 'Too many topic tasks at the same time.',
  '80100018': 'The signature of the content is wrong.',
  '80100022': 'The image is not verified.',
  '80200001': 'Authentication Error.',
  '80200003': 'The access token has expired.',
  '80200005': 'Jwt token expired.',
  '80200006': 'The token is disabled.',
  '80300002': 'No permission to send messages.',
  '80300007': 'All the tokens are invalid.',
  '80300008': 'Push message size is too long.',
  '80300010': 'token count should within 1 and 1000.',
  '80300011': 'No permission to send data messages of high urgency.',
  '80300013': 'The receipt address is wrong.',
  '80300029': 'Too many test messages.',
  '80300030': 'Too many tokens for a test message.',
  '80300036': 'The life of the JWT is longer than one day.',
  '80300037': 'The app is under penalty.',
  '80600003': 'The OAuth service failed.',
  '81000001': 'Inner Error.',
  '82000001': 'Illegal group name.',
  '82000002': 'The group does not match.',
  '82000003': 'The token array is null.',
  '82000004': 'There is no such group.',
  '82000005': 'The group belongs to another app.',
  '82000006': 'Too many members.',
  '82000007': 'Illegal topic.',
  '82000008': 'The token array is empty or too long.',
  '82000009': 'More than 2000 topics.',
  '82000010': 'Some tokens are wrong.',
  '82000011': 'The token is null.',
  '82000012': 'The storage location is not set.',
  '82000013': 'The storage location differs.',
} as const;
export type HarmonyCode = keyof typeof messages;

export function isHarmonyCode(text: string): text is HarmonyCode {
  return Object.hasOwn(messages, text);
}

const unauthorized = 401;
const badRequest = 400;
const serverError = 500;

/** Huawei ties no code to an HTTP status; these are the likely ones. */
function statusOf(code: HarmonyCode): number {
  if (code === '80000000' || code === '80100000') return 200;
  if (code === '81000001' || code === '80600003') return serverError;
  return code.startsWith('802') ? unauthorized : badRequest;
}

export interface CodeDetail {
  /** In place of the words above; an object stands as it is. */
  readonly msg?: string | object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `{"code":"<string>","msg":"…","requestId":"…"}`. */
export function answerWithCode(
  code: HarmonyCode,
  requestId: string,
  { msg = messages[code], headers }: CodeDetail = {},
): Answer {
  return {
    status: statusOf(code),
    headers: { 'content-type': 'application/json; charset=UTF-8', ...headers },
    body: JSON.stringify({ code, msg, requestId }),
  };
}

/** What the gateway in front of the API says without a code. */
export function pageAnswer(status: number, retryAfterSeconds: number | null): Answer {
  return {
    status,
    headers: {
      'content-type': 'text/html',
      ...(retryAfterSeconds !== null && { 'retry-after': String(retryAfterSeconds) }),
    },
    body: `<html><body><h1>${status}</h1></body></html>`,
  };
}
