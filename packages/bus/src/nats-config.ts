import type { AppId } from '@reveille/contracts/ids';
import {
  type Permissions,
  permissions,
  type ServiceName,
  serviceNames,
} from '@reveille/contracts/permissions';
import { subjectPatterns } from '@reveille/contracts/subjects';
import { maxPayloadBytes } from './server-check.js';

/** Public nkeys (`U…`), or `$NAME` for one that nats-server takes from its environment. */
export type IdentityKeys = Readonly<Record<ServiceName, string>>;

export interface PlatformApp {
  readonly app: AppId;
  /** The public nkey of the app's IM platform; null for an app that has none. */
  readonly platformKey: string | null;
  /** The platform answers the live asks of its users itself. */
  readonly answersLive: boolean;
}

export interface NatsConfigOptions {
  readonly keys: IdentityKeys;
  readonly apps: readonly PlatformApp[];
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly port: number;
  /** Null: no monitoring endpoint. */
  readonly monitorPort: number | null;
  readonly storeDir: string;
  /** Default 10 GiB: the last brake, above MESSAGES' own limit. */
  readonly maxFileStoreBytes?: number;
  /** `always` in production: no PubAck before the disk has it. */
  readonly syncInterval?: 'always' | `${number}s`;
  readonly serverName?: string;
}

interface SubjectRights {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  readonly responds: { readonly max: number; readonly expiresMs: number } | null;
}

/** Below which an identity's answers come; `connectBus` adds a name of its own for each connection. */
export function inboxPrefixOf(identity: string): string {
  return `_INBOX.${identity}`;
}

/** The name of the identity that an app's platform has, and with it of its inboxes. */
export function platformIdentity(app: AppId): string {
  return `platform-${app}`;
}

/** Every subject that an identity may publish and subscribe to, JetStream's own included. */
export function rightsOf(identity: ServiceName): SubjectRights {
  const of = permissions[identity];
  const publish = new Set<string>(of.publish);
  if (!publish.has('>')) {
    publish.add('$JS.API.INFO');
    for (const { stream, consumer } of of.consumes) addAll(publish, consumeSubjects(stream, consumer));
    for (const { stream, consumer } of of.projects) addAll(publish, projectSubjects(stream, consumer));
    for (const stream of of.reads) addAll(publish, readSubjects(stream));
    for (const stream of of.sees) publish.add(streamInfo(stream));
    for (const stream of of.pauses) publish.add(`$JS.API.CONSUMER.PAUSE.${stream}.*`);
  }
  return {
    publish: [...publish],
    subscribe: [...of.subscribe, ...inboxOf(of)],
    responds: of.responds,
  };
}

/** What the platform of an app may do in its own account. */
export function rightsOfPlatform({ app, answersLive }: PlatformApp): SubjectRights {
  return {
    publish: [subjectPatterns.messagesInOf(app)],
    subscribe: [
      ...(answersLive ? [subjectPatterns.liveOf(app)] : []),
      // It is alone in its account: any client's default inbox is its own.
      '_INBOX.>',
    ],
    responds: answersLive ? (permissions.gateway.responds ?? null) : null,
  };
}

function inboxOf(of: Permissions): string[] {
  return of.subscribe.includes('>') ? [] : [`${inboxPrefixOf(of.identity)}.>`];
}

function addAll(set: Set<string>, subjects: readonly string[]): void {
  for (const subject of subjects) set.add(subject);
}

/** Acknowledgements per consumer, in the form of today and in the one that nats-server turns to. */
function ackSubjects(stream: string, consumer: string): string[] {
  return [`$JS.ACK.${stream}.${consumer}.>`, `$JS.ACK.*.*.${stream}.${consumer}.>`];
}

function consumeSubjects(stream: string, consumer: string): string[] {
  return [
    ...ackSubjects(stream, consumer),
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`,
    `$JS.API.CONSUMER.INFO.${stream}.${consumer}`,
    ...tailSubjects(stream),
  ];
}

/**
 * An identity that answers asks may publish to the reply subject of what it is sent, and nats-server keeps a record of each that its
 * list does not name. So a view's acknowledgements, which nobody sends, are named: else every message of a view is recorded.
 */
function projectSubjects(stream: string, consumer: string): string[] {
  return [
    ...ackSubjects(stream, consumer),
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`,
    `$JS.API.CONSUMER.INFO.${stream}.${consumer}`,
    `$JS.API.CONSUMER.RESET.${stream}.${consumer}`,
    ...tailSubjects(stream),
  ];
}

function readSubjects(stream: string): string[] {
  return [`$JS.API.DIRECT.GET.${stream}`, `$JS.API.DIRECT.GET.${stream}.>`, ...tailSubjects(stream)];
}

function tailSubjects(stream: string): string[] {
  return [streamInfo(stream), `$JS.API.STREAM.MSG.GET.${stream}`];
}

function streamInfo(stream: string): string {
  return `$JS.API.STREAM.INFO.${stream}`;
}

/**
 * The configuration of nats-server: one account for the town with a user per service, and one account per app for its IM
 * platform. Accounts are apart so that a platform's reply subjects and consumers reach nothing of ours: the town exports to
 * it only the way in of its own app's messages.
 *
 * NOTE: nats-server 2.15 gives JetStream to an account that a reload has added only at the next reload: reload twice.
 */
export function generateNatsConfig(options: NatsConfigOptions): string {
  const host = options.host ?? '127.0.0.1';
  const platforms = options.apps.filter((app) => app.platformKey !== null);
  const lines = [
    '# Generated from the contracts (packages/contracts/src/permissions.ts). Do not edit.',
    `server_name: ${quote(options.serverName ?? 'reveille')}`,
    `listen: ${quote(`${host}:${options.port}`)}`,
    ...(options.monitorPort === null ? [] : [`http: ${quote(`${host}:${options.monitorPort}`)}`]),
    `max_payload: ${maxPayloadBytes}`,
    // A service on a machine that is out of breath, as in a start of everything at once, is not turned away after the 2 s of the default.
    'authorization { timeout: 10 }',
    'jetstream {',
    `  store_dir: ${quote(options.storeDir)}`,
    `  max_file_store: ${options.maxFileStoreBytes ?? 10 * 1024 ** 3}`,
    ...(options.syncInterval === undefined ? [] : [`  sync_interval: ${options.syncInterval}`]),
    '}',
    'system_account: SYS',
    'accounts {',
    '  SYS { users: [] }',
    ...townAccount(options, platforms),
    ...platforms.flatMap(platformAccount),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

function townAccount(options: NatsConfigOptions, platforms: readonly PlatformApp[]): string[] {
  const users = serviceNames.flatMap((identity) =>
    user(options.keys[identity], identity, rightsOf(identity)),
  );
  const exports = platforms.map(
    ({ app }) =>
      `      { service: ${quote(subjectPatterns.allOfAppIn(app))}, accounts: [${accountOf(app)}] }`,
  );
  const imports = platforms
    .filter(({ answersLive }) => answersLive)
    .map(
      ({ app }) =>
        `      { service: { account: ${accountOf(app)}, subject: ${quote(subjectPatterns.liveOf(app))} } }`,
    );
  return [
    '  TOWN {',
    '    jetstream: enabled',
    '    users: [',
    ...users,
    '    ]',
    '    exports: [',
    ...exports,
    '    ]',
    '    imports: [',
    ...imports,
    '    ]',
    '  }',
  ];
}

function platformAccount(platform: PlatformApp): string[] {
  const { app, platformKey, answersLive } = platform;
  const live = quote(subjectPatterns.liveOf(app));
  return [
    `  ${accountOf(app)} {`,
    '    users: [',
    ...user(platformKey ?? '', platformIdentity(app), rightsOfPlatform(platform)),
    '    ]',
    `    imports: [ { service: { account: TOWN, subject: ${quote(subjectPatterns.allOfAppIn(app))} } } ]`,
    ...(answersLive
      ? [`    exports: [ { service: ${live}, response_type: stream, accounts: [TOWN] } ]`]
      : []),
    '  }',
  ];
}

function accountOf(app: AppId): string {
  return `APP_${app}`;
}

function user(key: string, name: string, rights: SubjectRights): string[] {
  const { responds } = rights;
  return [
    `      # ${name}`,
    '      {',
    `        nkey: ${key}`,
    '        permissions {',
    `          publish { allow: ${list(rights.publish)} }`,
    `          subscribe { allow: ${list(rights.subscribe)} }`,
    ...(responds === null
      ? []
      : [`          allow_responses { max: ${responds.max}, expires: "${responds.expiresMs}ms" }`]),
    '        }',
    '      }',
  ];
}

function list(subjects: readonly string[]): string {
  return `[\n${subjects.map((subject) => `            ${quote(subject)}`).join('\n')}\n          ]`;
}

/** Subjects hold `$`, which is a variable outside quotes. */
function quote(text: string): string {
  return JSON.stringify(text);
}
