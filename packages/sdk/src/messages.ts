import type { InboxItem } from '@reveille/contracts/ask/live';
import type { ClientFrameInput } from '@reveille/contracts/ws/frames';

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
export enum ZIMMessageSentStatus {
  Sending = 0,
  Success = 1,
  Failed = 2,
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
  /** The number on the app's icon, where the sender knows it: ours, the model has increments only. */
  readonly badge?: number | null;
  readonly enableBadge?: boolean;
  readonly badgeIncrement?: number;
}

export interface ZIMMessageSendConfig {
  readonly priority?: ZIMMessagePriority;
  readonly pushConfig?: ZIMPushConfig;
}

export interface ZIMMessageSendNotification {
  /** The message has its `localMessageID` and is on its way: it can be shown. */
  onMessageAttached?(message: ZIMMessage): void;
}

export interface ZIMMessageSentStatusChangeInfo {
  readonly status: ZIMMessageSentStatus.Success | ZIMMessageSentStatus.Failed;
  readonly message: ZIMMessage;
  /** Why it failed; empty for one that was stored. */
  readonly reason: string;
}

export interface ZIMMessage {
  readonly type: ZIMMessageType;
  readonly message: string;
  readonly subType?: number;
  /** Empty until the server has stored it. */
  readonly messageID: string;
  /** The sender's own id, from before the message has another. */
  readonly localMessageID?: string;
  readonly sentStatus: ZIMMessageSentStatus;
  readonly senderUserID: string;
  readonly conversationID: string;
  readonly conversationType: ZIMConversationType;
  /** When it was accepted, epoch milliseconds. */
  readonly timestamp: number;
  /** Its place in the recipient's inbox; 0 for one's own. */
  readonly orderKey: number;
}

type Content = Extract<ClientFrameInput, { t: 'send' }>['content'];

/** A message that arrived, in the words of the model. */
export function messageOf(item: InboxItem): ZIMMessage {
  return {
    ...bodyOf(item.content),
    messageID: item.messageId,
    sentStatus: ZIMMessageSentStatus.Success,
    senderUserID: item.sender,
    conversationID: item.sender,
    conversationType: ZIMConversationType.Peer,
    timestamp: item.acceptedAt,
    orderKey: item.position,
  };
}

/** One's own message, in the words of the model. */
export function sentMessageOf(
  sent: {
    readonly clientMessageId: string;
    readonly recipients: readonly string[];
    readonly content: Content;
  },
  senderUserID: string,
  stage: Pick<ZIMMessage, 'messageID' | 'sentStatus' | 'timestamp'>,
): ZIMMessage {
  return {
    ...bodyOf(sent.content),
    ...stage,
    localMessageID: sent.clientMessageId,
    senderUserID,
    conversationID: sent.recipients[0] ?? '',
    conversationType: ZIMConversationType.Peer,
    orderKey: 0,
  };
}

function bodyOf(content: Content): Pick<ZIMMessage, 'type' | 'message' | 'subType'> {
  return content.type === 'text'
    ? { type: ZIMMessageType.Text, message: content.text }
    : { type: ZIMMessageType.Custom, message: content.data, subType: content.subType ?? 0 };
}
