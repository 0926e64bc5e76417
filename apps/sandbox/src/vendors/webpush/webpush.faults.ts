import type { Answer } from '../../wire/exchange.js';
import type { WebpushService } from './webpush.services.js';

/** What can be wrong with a request, in no push service's words. */
export const webpushFaults = [
  'method-not-allowed',
  'not-found',
  'gone',
  'missing-ttl',
  'bad-ttl',
  'bad-urgency',
  'bad-topic',
  'bad-encoding',
  'bad-crypto',
  'too-large',
  'missing-vapid',
  'bad-vapid',
  'bad-vapid-key',
  'vapid-mismatch',
  'throttled',
  'unavailable',
  'internal',
] as const;
export type WebpushFault = (typeof webpushFaults)[number];

/** Apple's reasons with their status. Where Apple's page gives the reason alone, the status is that of the HTTP or RFC rule behind it. */
const appleReasons = {
  BadTtl: 400,
  BadUrgency: 400,
  BadWebPushRequest: 400,
  BadWebPushTopic: 400,
  IdleTimeout: 400,
  VapidPkHashMismatch: 400,
  BadAuthorizationHeader: 403,
  BadJwtToken: 403,
  BadVapidPublicKey: 403,
  BadPath: 404,
  MethodNotAllowed: 405,
  PayloadTooLarge: 413,
  TooManyRequests: 429,
  InternalServerError: 500,
  ServiceUnavailable: 503,
  Shutdown: 503,
} as const;
type AppleReason = keyof typeof appleReasons;

/** Mozilla's error numbers with their status ("Error codes" of autopush). */
const mozillaErrors = {
  102: 404,
  103: 410,
  104: 413,
  105: 410,
  106: 410,
  109: 401,
  110: 400,
  111: 400,
  112: 400,
  113: 400,
  114: 400,
  201: 503,
  202: 503,
  900: 502,
  901: 502,
  902: 502,
  903: 502,
} as const;
type MozillaError = keyof typeof mozillaErrors;

const unauthorizedRegistration = 'UnauthorizedRegistration';

/** RFC 8030 and RFC 8292: a status and nothing else. */
const plain: Readonly<Record<WebpushFault, number>> = {
  'method-not-allowed': 405,
  'not-found': 404,
  gone: 404,
  'missing-ttl': 400,
  'bad-ttl': 400,
  'bad-urgency': 400,
  'bad-topic': 400,
  'bad-encoding': 400,
  'bad-crypto': 400,
  'too-large': 413,
  'missing-vapid': 401,
  'bad-vapid': 403,
  'bad-vapid-key': 403,
  'vapid-mismatch': 403,
  throttled: 429,
  unavailable: 503,
  internal: 500,
};

const ofMozilla: Readonly<Record<WebpushFault, MozillaError | null>> = {
  'method-not-allowed': null,
  'not-found': 102,
  gone: 106,
  'missing-ttl': 111,
  'bad-ttl': 112,
  'bad-urgency': 111,
  'bad-topic': 113,
  'bad-encoding': 110,
  'bad-crypto': 110,
  'too-large': 104,
  'missing-vapid': 109,
  'bad-vapid': 109,
  'bad-vapid-key': 109,
  'vapid-mismatch': 109,
  throttled: 201,
  unavailable: 202,
  internal: null,
};

const ofApple: Readonly<Record<WebpushFault, AppleReason | null>> = {
  'method-not-allowed': 'MethodNotAllowed',
  'not-found': 'BadPath',
  gone: null,
  'missing-ttl': 'BadTtl',
  'bad-ttl': 'BadTtl',
  'bad-urgency': 'BadUrgency',
  'bad-topic': 'BadWebPushTopic',
  'bad-encoding': 'BadWebPushRequest',
  'bad-crypto': 'BadWebPushRequest',
  'too-large': 'PayloadTooLarge',
  'missing-vapid': 'BadAuthorizationHeader',
  'bad-vapid': 'BadJwtToken',
  'bad-vapid-key': 'BadVapidPublicKey',
  'vapid-mismatch': 'VapidPkHashMismatch',
  throttled: 'TooManyRequests',
  unavailable: 'ServiceUnavailable',
  internal: 'InternalServerError',
};

/** Google's answers are texts; one of them is a page. */
const googleTexts: Partial<Record<WebpushFault, string>> = {
  gone: 'push subscription has unsubscribed or expired.\n',
  'missing-vapid': `<HTML><HEAD><TITLE>${unauthorizedRegistration}</TITLE></HEAD><BODY><H1>${unauthorizedRegistration}</H1><H2>Error 400</H2></BODY></HTML>\n`,
  'bad-vapid': 'invalid JWT provided\n',
  'bad-vapid-key': 'invalid JWT provided\n',
  'vapid-mismatch':
    'the VAPID credentials in the authorization header do not correspond to the credentials used to create the subscriptions.\n',
};

const gone = 410;
const throttledAtMicrosoft = 406;
const badRequest = 400;
const mozillaWaitSeconds = 120;

/** An answer, and the name under which it stands in the ledger. */
export interface Refusal {
  readonly answer: Answer;
  readonly reason: string;
}

/** A fault as this push service says it. */
export function refusalOf(
  service: WebpushService,
  fault: WebpushFault,
  retryAfterSeconds: number | null = null,
): Refusal {
  switch (service) {
    case 'mozilla': {
      const errno = ofMozilla[fault];
      return errno === null
        ? bare(plain[fault], fault, retryAfterSeconds)
        : mozillaRefusal(errno, retryAfterSeconds);
    }
    case 'apple': {
      const reason = ofApple[fault];
      return reason === null ? bare(gone, fault, retryAfterSeconds) : appleRefusal(reason, retryAfterSeconds);
    }
    case 'google': {
      const status = fault === 'gone' ? gone : fault === 'missing-vapid' ? badRequest : plain[fault];
      const refusal = bare(status, fault, retryAfterSeconds);
      return { ...refusal, answer: { ...refusal.answer, body: googleTexts[fault] ?? null } };
    }
    case 'microsoft': {
      const status = fault === 'gone' ? gone : fault === 'throttled' ? throttledAtMicrosoft : plain[fault];
      return bare(status, fault, retryAfterSeconds);
    }
    case 'rfc':
      return bare(plain[fault], fault, retryAfterSeconds);
  }
}

/** A planned error by its name: a fault in the service's words, or an answer of one service by that service's own name. */
export function refusalNamed(
  service: WebpushService,
  name: string,
  retryAfterSeconds: number | null,
): Refusal | null {
  const fault = webpushFaults.find((each) => each === name);
  if (fault !== undefined) return refusalOf(service, fault, retryAfterSeconds);
  if (name in appleReasons) return appleRefusal(name as AppleReason, retryAfterSeconds);
  const errno = /^errno-(\d+)$/.exec(name)?.[1];
  if (errno !== undefined && errno in mozillaErrors)
    return mozillaRefusal(Number(errno) as MozillaError, retryAfterSeconds);
  return name === unauthorizedRegistration ? refusalOf('google', 'missing-vapid', retryAfterSeconds) : null;
}

/** A status without a word. */
export function bare(status: number, reason: string, retryAfterSeconds: number | null): Refusal {
  return { answer: { status, headers: waitHeader(retryAfterSeconds), body: null }, reason };
}

function appleRefusal(reason: AppleReason, retryAfterSeconds: number | null): Refusal {
  return {
    answer: {
      status: appleReasons[reason],
      headers: { 'content-type': 'application/json', ...waitHeader(retryAfterSeconds) },
      body: JSON.stringify({ reason }),
    },
    reason,
  };
}

function mozillaRefusal(errno: MozillaError, retryAfterSeconds: number | null): Refusal {
  const code = mozillaErrors[errno];
  const wait = retryAfterSeconds ?? (errno === 201 || errno === 202 ? mozillaWaitSeconds : null);
  return {
    answer: {
      status: code,
      headers: {
        'content-type': 'application/json',
        ...(code === gone && { 'cache-control': 'max-age=86400' }),
        ...waitHeader(wait),
      },
      body: JSON.stringify({
        code,
        errno,
        error: 'refused',
        message: `errno ${errno}`,
        more_info: 'http://autopush.readthedocs.io/en/latest/http.html#error-codes',
      }),
    },
    reason: `errno-${errno}`,
  };
}

function waitHeader(seconds: number | null): Readonly<Record<string, string>> {
  return seconds === null ? {} : { 'retry-after': String(seconds) };
}
