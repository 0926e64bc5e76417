import type { AppSettings } from '@reveille/contracts/app/events';
import type { AppId, Instant } from '@reveille/contracts/ids';
import type { MessageAccepted } from '@reveille/contracts/message/events';
import type { PushConfig } from '@reveille/contracts/message/push-config';
import type { VendorName } from '@reveille/contracts/push/vendor';
import type { DeliveryPolicy } from './decide-delivery.js';
import { type StrategyChoices, strategyChoices } from './strategy-of.js';

/** What does not change while a message is waited for. */
export type MessagePolicy = Omit<DeliveryPolicy, 'settledAt' | 'isRevoked'> & {
  /** The message's own, or its app's default. */
  readonly pushConfig: PushConfig | null;
  readonly choices: StrategyChoices;
  /** When the message itself is worthless; a strategy may let its push end before. */
  readonly expiresAt: Instant;
};

export function policyOf(
  { messageId, sender, recipients, ttlSeconds: wanted, pushConfig: own }: MessageAccepted,
  acceptedAt: Instant,
  settings: AppSettings,
): MessagePolicy {
  const pushConfig = own ?? settings.defaultPushConfig;
  const ttlSeconds = wanted ?? settings.ttlSeconds;
  const { resourcesID: resourcesId = '', threadID: threadId = '' } = pushConfig ?? {};
  const said = { messageId, sender, recipients, resourcesId, threadId };
  return {
    pushConfig,
    hasPushConfig: pushConfig !== null,
    choices: strategyChoices(said, settings.strategies, acceptedAt, ttlSeconds),
    revision: settings.revision,
    expiresAt: acceptedAt + ttlSeconds * 1_000,
    vendors: new Set(Object.keys(settings.vendors) as VendorName[]),
  };
}

/** An app that is gone, or that nobody has configured: it has no vendor, so nothing of it is pushed. */
export function settingsOfUnknownApp(app: AppId): AppSettings {
  return {
    app,
    revision: 0,
    change: null,
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
