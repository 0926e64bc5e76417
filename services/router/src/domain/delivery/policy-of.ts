import type { AppSettings } from '@reveille/contracts/app/events';
import type { AppId, Instant } from '@reveille/contracts/ids';
import type { MessageAccepted } from '@reveille/contracts/message/events';
import type { PushConfig } from '@reveille/contracts/message/push-config';
import type { VendorName } from '@reveille/contracts/push/vendor';
import type { DeliveryPolicy } from './decide-delivery.js';
import { laneOf, strategyOf } from './strategy-of.js';

/** What does not change while a message is waited for. */
export type MessagePolicy = Omit<DeliveryPolicy, 'settledAt' | 'isRevoked'> & {
  /** The message's own, or its app's default. */
  readonly pushConfig: PushConfig | null;
};

export function policyOf(
  { messageId, ttlSeconds, pushConfig: own }: MessageAccepted,
  acceptedAt: Instant,
  settings: AppSettings,
): MessagePolicy {
  const pushConfig = own ?? settings.defaultPushConfig;
  const strategy = strategyOf(pushConfig?.resourcesID ?? '');
  return {
    pushConfig,
    hasPushConfig: pushConfig !== null,
    strategy,
    lane: laneOf(strategy),
    expiresAt: acceptedAt + (ttlSeconds ?? settings.ttlSeconds) * 1_000,
    vendors: new Set(Object.keys(settings.vendors) as VendorName[]),
    collapse: messageId,
  };
}

/** An app that is gone, or that nobody has configured: it has no vendor, so nothing of it is pushed. */
export function settingsOfUnknownApp(app: AppId): AppSettings {
  return {
    app,
    revision: 0,
    live: 'gateway',
    clientKeys: [],
    serverKeyHashes: [],
    platformNkey: null,
    vendors: {},
    strategies: [],
    defaultPushConfig: null,
    ttlSeconds: 86_400,
    foregroundDeadlineMs: 5_000,
    backgroundDeadlineMs: 1_000,
    messagesPerSecond: 10,
    acknowledgementsPerSecond: 5_000,
    inboxPagesPerSecond: 20,
  };
}
