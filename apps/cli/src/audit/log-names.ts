import { deviceKey } from './device-key.js';
import type { LogEntry } from './log-entry.js';
import { traceIdOf } from './trace-id.js';

/** What the log calls apps, tokens and requests: the vendor's ledger is read with these names. */
export interface LogNames {
  readonly apps: ReadonlySet<string>;
  /** True for a token that some fact of the app's speaks of. */
  knowsToken(app: string, tokenRef: string): boolean;
  /** The message of a request, by its `traceparent`; null when the log does not know the trace, or knows it of several messages. */
  messageOf(traceparent: string): string | null;
  /** The device that the message was for under that token; null when the log has no such target. */
  deviceOf(app: string, messageId: string, tokenRef: string): string | null;
}

/** Collects the names in one pass over the log. */
export function collectNames(entries: Iterable<LogEntry>): LogNames {
  const apps = new Set<string>();
  const tokens = new Set<string>();
  const messages = new Map<string, string | null>();
  const devices = new Map<string, string>();
  for (const entry of entries) {
    apps.add(entry.app);
    const { app } = entry;
    const { messageId } = entry.data;
    if (messageId === null) continue;
    note(messages, entry.traceId, messageId);
    for (const { user, deviceId, tokenRef, traceparent } of targetsOf(entry)) {
      tokens.add(`${app} ${tokenRef}`);
      devices.set(`${app} ${messageId} ${tokenRef}`, deviceKey({ app, messageId }, { user, deviceId }));
      note(messages, traceIdOf(traceparent), messageId);
    }
  }
  return {
    apps,
    knowsToken: (app, tokenRef) => tokens.has(`${app} ${tokenRef}`),
    messageOf: (traceparent) => messages.get(traceIdOf(traceparent) ?? '') ?? null,
    deviceOf: (app, messageId, tokenRef) => devices.get(`${app} ${messageId} ${tokenRef}`) ?? null,
  };
}

/** A trace that several messages share names none of them. */
function note(messages: Map<string, string | null>, traceId: string | null, messageId: string): void {
  if (traceId === null) return;
  const known = messages.get(traceId);
  messages.set(traceId, known === undefined || known === messageId ? messageId : null);
}

interface NamedTarget {
  readonly user: string;
  readonly deviceId: string | null;
  readonly tokenRef: string;
  readonly traceparent: string | null;
}

function targetsOf(entry: LogEntry): readonly NamedTarget[] {
  switch (entry.type) {
    case 'message-accepted':
    case 'dead-letter-redriven':
    case 'dead-letter-dropped':
      return [];
    case 'delivery-settled':
      return entry.data.recipients.flatMap(({ user, devices }) =>
        devices.flatMap(({ deviceId, verdict, facts }) => {
          const tokenRef = verdict.kind === 'push' ? verdict.tokenRef : (facts?.push.tokenRef ?? null);
          return tokenRef === null ? [] : [{ user, deviceId, tokenRef, traceparent: null }];
        }),
      );
    case 'push-attempted':
      return entry.data.outcomes;
    case 'push-job':
    case 'push-closed':
      return entry.data.targets.map(({ user, deviceId, tokenRef }) => ({
        user,
        deviceId,
        tokenRef,
        traceparent: null,
      }));
  }
}
