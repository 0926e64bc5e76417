import { z } from 'zod';

export const platformSchema = z.enum([
  'windows',
  'iphone',
  'android',
  'macos',
  'linux',
  'web',
  'mini-program',
  'ipad',
  'harmony',
  'unknown',
]);
export type Platform = z.infer<typeof platformSchema>;
