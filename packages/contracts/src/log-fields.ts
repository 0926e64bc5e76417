/**
 * Every field that a line of our logs may have, beside those of every line (`lineFields`). A logger takes no other name, and
 * `docs/logging.md` is generated from here.
 */
export const logFields = {
  app: { type: 'string', says: 'the app' },
  arrived: { type: 'number', says: 'the last sequence that reached a projection' },
  because: { type: 'string', says: 'why, in words' },
  caFile: { type: 'string', says: 'the file with the CA of the sandbox' },
  cause: { type: 'string', says: "the vendor's own word for a refusal" },
  consumer: { type: 'string', says: 'the JetStream consumer' },
  count: { type: 'number', says: 'how many of what the message names' },
  deliveryCount: { type: 'number', says: 'how often the message was delivered, this time included' },
  deviceId: { type: 'string', says: 'the device' },
  epoch: { type: 'number', says: 'the number of this connection to NATS, from 1' },
  error: {
    type: 'error',
    says: '`name`, `message`, `stack`, and `cause` (again an error, or whatever was thrown); deeper than six levels `[…]`',
  },
  frame: { type: 'string', says: 'the kind of a WebSocket frame (`t`)' },
  gatewayId: { type: 'string', says: 'the gateway, for one run of its process' },
  host: { type: 'string', says: 'where a server listens' },
  messageId: { type: 'string', says: 'the message' },
  operation: { type: 'string', says: 'what NATS refused: `publish` or `subscription`' },
  orphans: { type: 'number', says: 'tokens in the vault that no device had any more, now deleted' },
  origin: { type: 'string', says: 'a push service among many, by scheme, host and port' },
  part: { type: 'string', says: 'a part of the process, as it is started and stopped' },
  port: { type: 'number', says: 'where a server listens' },
  ports: { type: 'numbers', says: 'where the servers of the sandbox listen, by name' },
  position: { type: 'number', says: 'how far a view is: the sequence of the last message in it' },
  quota: { type: 'string', says: "a vendor's daily quota, by the name of its class" },
  reply: { type: 'string', says: 'the subject that an ask wants its answer on' },
  resealed: { type: 'number', says: 'tokens that were sealed again with the current key' },
  retryMs: { type: 'number', says: 'after how many milliseconds it is tried again' },
  sequence: { type: 'number', says: "the message's place in its stream" },
  server: { type: 'string', says: 'the address of nats-server' },
  sessionId: { type: 'string', says: 'the session' },
  stream: { type: 'string', says: 'the JetStream stream' },
  subject: { type: 'string', says: 'the NATS subject' },
  tail: { type: 'number', says: 'the last sequence of the stream' },
  type: { type: 'string', says: 'the type of an event' },
  until: { type: 'number', says: 'the end of a pause, epoch milliseconds' },
  vendor: { type: 'string', says: 'the push vendor' },
  vendors: { type: 'strings', says: 'the push vendors that a worker serves' },
  view: { type: 'string', says: 'a read model of the router' },
  work: { type: 'string', says: 'work that recurs' },
} as const satisfies Readonly<Record<string, { readonly type: LogFieldType; readonly says: string }>>;

type LogFieldType = 'string' | 'strings' | 'number' | 'numbers' | 'error';

interface TypeOf {
  readonly string: string | null | undefined;
  readonly strings: readonly string[];
  readonly number: number | null | undefined;
  readonly numbers: Readonly<Record<string, number>>;
  /** Whatever was thrown. */
  readonly error: unknown;
}

export type LogFields = {
  readonly [Name in keyof typeof logFields]?: TypeOf[(typeof logFields)[Name]['type']];
};
