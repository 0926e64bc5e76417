import type { Answer } from '../../wire/exchange.js';

/** An error as FCM phrases it: google.rpc.Status with details. */
export interface FcmError {
  readonly code: number;
  readonly status: string;
  readonly message: string;
  /** FcmError.errorCode; null where the error comes from in front of FCM. */
  readonly errorCode: string | null;
  readonly details: readonly Readonly<Record<string, unknown>>[];
}

const badRequestType = 'type.googleapis.com/google.rpc.BadRequest';
const errorInfoType = 'type.googleapis.com/google.rpc.ErrorInfo';
const quotaFailureType = 'type.googleapis.com/google.rpc.QuotaFailure';
const fcmErrorType = 'type.googleapis.com/google.firebase.fcm.v1.FcmError';
const apnsErrorType = 'type.googleapis.com/google.firebase.fcm.v1.ApnsError';
const methodName = 'google.firebase.fcm.v1.FcmService.SendMessage';

const notFound = 'Requested entity was not found.';
const badCredentials =
  'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.';

export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

const apnsDetail = (statusCode: number, reason: string) => ({ '@type': apnsErrorType, statusCode, reason });

function errorInfo(reason: string): Record<string, unknown> {
  return {
    '@type': errorInfoType,
    reason,
    domain: 'googleapis.com',
    metadata: { service: 'fcm.googleapis.com', method: methodName },
  };
}

/** A malformed request: refused before FCM looks at it, so without an FcmError. */
export function malformed(message: string, fieldViolations: readonly FieldViolation[]): FcmError {
  const details = fieldViolations.length === 0 ? [] : [{ '@type': badRequestType, fieldViolations }];
  return { code: 400, status: 'INVALID_ARGUMENT', message, errorCode: null, details };
}

/** A well-formed request that FCM itself does not take. */
export function invalidArgument(message: string, field: string | null): FcmError {
  const details =
    field === null ? [] : [{ '@type': badRequestType, fieldViolations: [{ field, description: message }] }];
  return { code: 400, status: 'INVALID_ARGUMENT', message, errorCode: 'INVALID_ARGUMENT', details };
}

export function apnsRefused(statusCode: number, reason: string, message: string): FcmError {
  return {
    code: 400,
    status: 'INVALID_ARGUMENT',
    message,
    errorCode: 'INVALID_ARGUMENT',
    details: [apnsDetail(statusCode, reason)],
  };
}

export function thirdPartyAuth(reason: string): FcmError {
  return {
    code: 401,
    status: 'UNAUTHENTICATED',
    message: 'Auth error from APNS or Web Push Service',
    errorCode: 'THIRD_PARTY_AUTH_ERROR',
    details: [apnsDetail(403, reason)],
  };
}

export function unauthenticated(
  reason: 'CREDENTIALS_MISSING' | 'ACCESS_TOKEN_EXPIRED' | 'ACCESS_TOKEN_TYPE_UNSUPPORTED',
): FcmError {
  return {
    code: 401,
    status: 'UNAUTHENTICATED',
    message: badCredentials,
    errorCode: null,
    details: [errorInfo(reason)],
  };
}

export function permissionDenied(reason: string, message: string): FcmError {
  return { code: 403, status: 'PERMISSION_DENIED', message, errorCode: null, details: [errorInfo(reason)] };
}

export function quotaExceeded(subject: string, description: string): FcmError {
  return {
    code: 429,
    status: 'RESOURCE_EXHAUSTED',
    message: 'Quota exceeded for quota metric',
    errorCode: 'QUOTA_EXCEEDED',
    details: [{ '@type': quotaFailureType, violations: [{ subject, description }] }],
  };
}

const plain = (code: number, status: string, message: string, errorCode: string | null): FcmError => ({
  code,
  status,
  message,
  errorCode,
  details: [],
});

/** Errors that carry nothing of their request; with them, planned faults can be named. */
export const fcmErrors = {
  INVALID_ARGUMENT: invalidArgument('Request contains an invalid argument.', null),
  INVALID_REGISTRATION: invalidArgument(
    'The registration token is not a valid FCM registration token',
    'message.token',
  ),
  MALFORMED: malformed('Invalid JSON payload received.', []),
  APNS_UNREGISTERED: apnsRefused(410, 'Unregistered', 'APNs device token is disabled'),
  UNAUTHENTICATED: unauthenticated('ACCESS_TOKEN_EXPIRED'),
  ACCESS_TOKEN_EXPIRED: unauthenticated('ACCESS_TOKEN_EXPIRED'),
  CREDENTIALS_MISSING: unauthenticated('CREDENTIALS_MISSING'),
  THIRD_PARTY_AUTH_ERROR: thirdPartyAuth('InvalidProviderToken'),
  SENDER_ID_MISMATCH: plain(403, 'PERMISSION_DENIED', 'SenderId mismatch', 'SENDER_ID_MISMATCH'),
  PERMISSION_DENIED: permissionDenied(
    'IAM_PERMISSION_DENIED',
    "Permission 'cloudmessaging.messages.create' denied",
  ),
  SERVICE_DISABLED: permissionDenied(
    'SERVICE_DISABLED',
    'Firebase Cloud Messaging API has not been used in this project before or it is disabled.',
  ),
  UNREGISTERED: plain(404, 'NOT_FOUND', notFound, 'UNREGISTERED'),
  NOT_FOUND: plain(404, 'NOT_FOUND', notFound, null),
  QUOTA_EXCEEDED: quotaExceeded('project', 'Messages per minute'),
  INTERNAL: plain(500, 'INTERNAL', 'Internal error encountered.', 'INTERNAL'),
  UNAVAILABLE: plain(503, 'UNAVAILABLE', 'The service is currently unavailable.', 'UNAVAILABLE'),
  UNSPECIFIED_ERROR: plain(500, 'UNKNOWN', 'Unknown error.', 'UNSPECIFIED_ERROR'),
} as const satisfies Record<string, FcmError>;

/** Pages of the front end, which no JSON parser takes. */
export const htmlErrors = { HTML_502: 502, HTML_504: 504 } as const;

export function isFcmError(name: string): name is keyof typeof fcmErrors {
  return Object.hasOwn(fcmErrors, name);
}

export function isHtmlError(name: string): name is keyof typeof htmlErrors {
  return Object.hasOwn(htmlErrors, name);
}

/** The error that stands for a bare status; null when FCM documents none. */
export function errorOfStatus(status: number): FcmError | null {
  const order = [
    'UNREGISTERED',
    'SENDER_ID_MISMATCH',
    ...Object.keys(fcmErrors),
  ] as (keyof typeof fcmErrors)[];
  const name = order.find((each) => fcmErrors[each].code === status);
  return name === undefined ? null : fcmErrors[name];
}

export function answerOfError(error: FcmError, retryAfterSeconds: number | null): Answer {
  const fcmDetail = error.errorCode === null ? [] : [{ '@type': fcmErrorType, errorCode: error.errorCode }];
  const details = [...fcmDetail, ...error.details];
  const { code, message, status } = error;
  return {
    status: code,
    headers: {
      'content-type': 'application/json; charset=UTF-8',
      ...(code === 401 && error.errorCode === null
        ? { 'www-authenticate': 'Bearer realm="https://accounts.google.com/"' }
        : {}),
      ...(retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) }),
    },
    body: JSON.stringify({ error: { code, message, status, ...(details.length === 0 ? {} : { details }) } }),
  };
}

export function htmlAnswer(status: number, retryAfterSeconds: number | null): Answer {
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=UTF-8',
      ...(retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) }),
    },
    body: `<!DOCTYPE html>\n<html lang=en>\n<title>Error ${status}</title>\n<p><b>${status}.</b> That’s an error.\n</html>\n`,
  };
}
