import { z } from 'zod';

/** The push vendors. A vendor is data: it never stands in the name of an event. */
export const vendorNames = [
  'apns',
  'fcm',
  'webpush',
  'xiaomi',
  'huawei',
  'oppo',
  'honor',
  'vivo',
  'harmony',
  'meizu',
] as const;
export const vendorNameSchema = z.enum(vendorNames);
export type VendorName = z.infer<typeof vendorNameSchema>;

/** Which of Apple's two worlds a token belongs to; `automatic` = unknown, both are tried once. */
export const pushEnvironmentSchema = z.enum(['production', 'development', 'automatic']);
export type PushEnvironment = z.infer<typeof pushEnvironmentSchema>;

/** How a push reaches the app: shown by the system, handed over silently, or as an incoming call. */
export const strategySchema = z.enum(['alert', 'silent', 'voip']);
export type Strategy = z.infer<typeof strategySchema>;
