import type { Sender, VendorChannel } from '../vendor.js';
import { FirebaseAdminSender } from './firebase-admin-sender.js';
import { Http2Sender } from './http2-sender.js';
import { HttpsSender } from './https-sender.js';
import { NodeApnSender } from './node-apn-sender.js';

export interface OpenSenderOptions {
  readonly now: () => number;
  /** 0 up to but not including 1. */
  readonly random: () => number;
}

/** The implementation that the app has chosen. */
export function openSender(channel: VendorChannel, options: OpenSenderOptions): Sender {
  const { caFile, sender, signingKey } = channel.wire;
  if (sender === 'node-apn' && signingKey !== null) return new NodeApnSender({ caFile, signingKey });
  if (sender === 'firebase-admin') return new FirebaseAdminSender({ caFile });
  return openOwnSender(channel, options);
}

/** A sender of ours: what asks for access tokens must see every answer, whichever library pushes. */
export function openOwnSender(
  { wire: { caFile, maxConnections, sender, onlyPublicAddresses = false }, endsConnection }: VendorChannel,
  options: OpenSenderOptions,
): Sender {
  const common = { caFile, maxConnections, onlyPublicAddresses };
  if (sender === 'https') return new HttpsSender({ now: options.now, ...common });
  return new Http2Sender({ ...options, ...common, endsConnection });
}
