/**
 * Apple's reasons and the status each one comes with (Handling notification responses from APNs).
 * The order matters where a status has several: a planned fault that names only a status gets the first.
 */
export const apnsReasons = {
  BadDeviceToken: 400,
  BadCollapseId: 400,
  BadExpirationDate: 400,
  BadMessageId: 400,
  BadPriority: 400,
  BadTopic: 400,
  DeviceTokenNotForTopic: 400,
  DuplicateHeaders: 400,
  IdleTimeout: 400,
  InvalidPushType: 400,
  MissingDeviceToken: 400,
  MissingTopic: 400,
  PayloadEmpty: 400,
  TopicDisallowed: 400,
  InvalidProviderToken: 403,
  BadCertificate: 403,
  BadCertificateEnvironment: 403,
  BadEnvironmentKeyInToken: 403,
  BadEnvironmentKeyIdInToken: 403,
  ExpiredProviderToken: 403,
  Forbidden: 403,
  MissingProviderToken: 403,
  UnrelatedKeyIdInToken: 403,
  BadPath: 404,
  MethodNotAllowed: 405,
  Unregistered: 410,
  ExpiredToken: 410,
  PayloadTooLarge: 413,
  TooManyRequests: 429,
  TooManyProviderTokenUpdates: 429,
  InternalServerError: 500,
  ServiceUnavailable: 503,
  Shutdown: 503,
} as const;

export type ApnsReason = keyof typeof apnsReasons;

export function isApnsReason(text: string): text is ApnsReason {
  return Object.hasOwn(apnsReasons, text);
}

/** The reason that stands for a bare status; null when Apple documents none. */
export function reasonOfStatus(status: number): ApnsReason | null {
  for (const [reason, its] of Object.entries(apnsReasons)) if (its === status) return reason as ApnsReason;
  return null;
}

export const accepted = 200;
/** 410 tells about the token and is not held against the provider. */
export const gone = 410;
