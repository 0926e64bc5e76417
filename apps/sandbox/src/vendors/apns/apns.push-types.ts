/** The push types and what each adds to the bundle id to make a topic (Sending notification requests to APNs). */
export const topicSuffixes = {
  alert: '',
  background: '',
  voip: '.voip',
  complication: '.complication',
  fileprovider: '.pushkit.fileprovider',
  mdm: null,
  liveactivity: '.push-type.liveactivity',
  location: '.location-query',
  pushtotalk: '.voip-ptt',
  controls: '.push-type.controls',
  widgets: '.push-type.widgets',
} as const;

export type PushType = keyof typeof topicSuffixes;

export function isPushType(text: string): text is PushType {
  return Object.hasOwn(topicSuffixes, text);
}

const knownSuffixes = Object.values(topicSuffixes).filter((suffix) => suffix !== null && suffix !== '');

/**
 * The bundle id inside a topic, or null when the topic's ending is not the push type's. A topic of an MDM push is a
 * certificate's UID and has no ending. Without a push type the ending says what it is.
 */
export function bundleOfTopic(topic: string, pushType: PushType | null): string | null {
  const suffix = pushType === null ? undefined : topicSuffixes[pushType];
  if (suffix === null) return topic;
  const ending = knownSuffixes.find((known) => topic.endsWith(known)) ?? '';
  if (suffix !== undefined && suffix !== ending) return null;
  return topic.slice(0, topic.length - ending.length);
}

const plainLimitBytes = 4_096;
const voipLimitBytes = 5_120;

export function payloadLimit(pushType: PushType | null, topic: string): number {
  return pushType === 'voip' || (pushType === null && topic.endsWith('.voip'))
    ? voipLimitBytes
    : plainLimitBytes;
}
