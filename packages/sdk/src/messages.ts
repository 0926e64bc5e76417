import type { InboxItem } from '@reveille/contracts/ask/live';

/** Names and values of the model system, so that code written for it reads the same. */
export enum ZIMConversationType {
  Peer = 0,
}
export enum ZIMMessageType {
  Text = 1,
  Custom = 200,
}
export enum ZIMMessagePriority {
  Low = 1,
  Medium = 2,
  High = 3,
}
export enum ZIMConnectionState {
  Disconnected = 0,
  Connecting = 1,
  Connected = 2,
  Reconnecting = 3,
}
export enum ZIMConnectionEvent {
  Success = 0,
  ActiveLogin = 1,
  LoginTimeout = 2,
  Interrupted = 3,
  KickedOut = 4,
  TokenExpired = 5,
}

export type ZIMMessageInput =
  | { readonly type: ZIMMessageType.Text; readonly message: string }
  | { readonly type: ZIMMessageType.Custom; readonly message: string; readonly subType?: number };

/** What the recipient's phone shows if it must be woken. Without one nothing is pushed, unless the app has a default. */
export interface ZIMPushConfig {
  readonly title?: string;
  readonly content?: string;
  readonly payload?: string;
  /** Names a strategy of the app; empty is a plain alert. */
  readonly resourcesID?: string;
  readonly threadID?: string;
  readonly enableBadge?: boolean;
  readonly badgeIncrement?: number;
}

export interface ZIMMessageSendConfig {
  readonly priority?: ZIMMessagePriority;
  readonly pushConfig?: ZIMPushConfig;
}

export interface ZIMMessage {
  readonly type: ZIMMessageType;
  readonly message: string;
  readonly subType?: number;
  readonly messageID: string;
  /** The sender's own id, as long as the message is on its way. */
  readonly localMessageID?: string;
  readonly senderUserID: string;
  readonly conversationID: string;
  readonly conversationType: ZIMConversationType;
  /** When it was accepted, epoch milliseconds. */
  readonly timestamp: number;
  /** Its place in the recipient's inbox; 0 for one's own. */
  readonly orderKey: number;
}

/** A message that arrived, in the words of the model. */
export function messageOf(item: InboxItem): ZIMMessage {
  const { content } = item;
  const body =
    content.type === 'text'
      ? { type: ZIMMessageType.Text, message: content.text }
      : { type: ZIMMessageType.Custom, message: content.data, subType: content.subType };
  return {
    ...body,
    messageID: item.messageId,
    senderUserID: item.sender,
    conversationID: item.sender,
    conversationType: ZIMConversationType.Peer,
    timestamp: item.acceptedAt,
    orderKey: item.position,
  };
}
