/** Push services that answer in words of their own, and `rfc`, which does what the RFCs say and no more. */
export const webpushServices = ['google', 'mozilla', 'apple', 'microsoft', 'rfc'] as const;
export type WebpushService = (typeof webpushServices)[number];

interface ServiceProfile {
  /** Where its subscriptions live. */
  readonly path: string;
  readonly maxBodyBytes: number;
  readonly maxTtlSeconds: number;
  /** What a longer time to live leads to: said in the answer as RFC 8030 asks, cut in silence, or refused. */
  readonly longerTtl: 'lowered' | 'cut' | 'refused';
  /** Whether a VAPID token must name somebody. */
  readonly wantsSubject: boolean;
}

const rfcBodyBytes = 4_096;
const fourWeeks = 2_419_200;
const thirtyDays = 2_592_000;

export const serviceProfiles: Readonly<Record<WebpushService, ServiceProfile>> = {
  google: {
    path: '/fcm/send/',
    maxBodyBytes: rfcBodyBytes,
    maxTtlSeconds: fourWeeks,
    longerTtl: 'lowered',
    wantsSubject: false,
  },
  mozilla: {
    path: '/wpush/v2/',
    maxBodyBytes: rfcBodyBytes,
    maxTtlSeconds: thirtyDays,
    longerTtl: 'cut',
    wantsSubject: false,
  },
  apple: {
    path: '/apple/',
    maxBodyBytes: rfcBodyBytes,
    maxTtlSeconds: thirtyDays,
    longerTtl: 'refused',
    wantsSubject: true,
  },
  microsoft: {
    path: '/w/',
    maxBodyBytes: 5_000,
    maxTtlSeconds: fourWeeks,
    longerTtl: 'lowered',
    wantsSubject: false,
  },
  rfc: {
    path: '/push/',
    maxBodyBytes: rfcBodyBytes,
    maxTtlSeconds: fourWeeks,
    longerTtl: 'lowered',
    wantsSubject: false,
  },
};

/** The service whose subscriptions live under the path, and the subscription's id. */
export function serviceAt(path: string): { readonly service: WebpushService; readonly id: string } | null {
  const plain = path.split('?')[0] ?? '';
  for (const service of webpushServices) {
    const prefix = serviceProfiles[service].path;
    if (plain.startsWith(prefix)) return { service, id: plain.slice(prefix.length) };
  }
  return null;
}
