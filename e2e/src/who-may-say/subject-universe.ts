import { askTypes, storedTypes } from '@reveille/contracts/catalog';
import { permissions, serviceNames } from '@reveille/contracts/permissions';
import { buckets, consumersFor, streams } from '@reveille/contracts/streams';
import { subjectPatterns, subjects } from '@reveille/contracts/subjects';

/**
 * Every subject that anybody in the town publishes, subscribes to or could do harm with, one concrete example per
 * pattern: the catalogue's types and asks, the streams, the dead letters, and JetStream's own interface.
 */
export function subjectUniverse(apps: readonly string[]): { publish: string[]; subscribe: string[] } {
  const business = new Set<string>();
  for (const app of apps) {
    for (const pattern of businessPatterns()) business.add(concrete(pattern, app));
    business.add(concrete(subjectPatterns.messagesInOf(app), app));
    business.add(`im.in.${app}.invite.i1.accepted`);
  }
  const interfaceOfJetStream = jetStreamSubjects(apps);
  const publish = [
    ...business,
    ...interfaceOfJetStream,
    '$SYS.REQ.SERVER.PING',
    '$SYS.REQ.ACCOUNT.TOWN.INFO',
  ];
  const inboxes = [...serviceNames, ...apps.map((app) => `platform-${app}`)].flatMap((name) => [
    `_INBOX.${name}.x1`,
    `_INBOX.${name}.>`,
  ]);
  const wide = [
    '>',
    'im.>',
    'im.evt.>',
    'im.job.>',
    'im.live.>',
    'im.ask.>',
    'im.in.>',
    'im.dead.>',
    '_INBOX.>',
    '$JS.>',
    '$JS.ACK.>',
    '$KV.>',
    '$SYS.>',
  ];
  return {
    publish,
    subscribe: [...business, ...interfaceOfJetStream, ...inboxes, ...wide, '$JS.EVENT.ADVISORY.API'],
  };
}

function businessPatterns(): string[] {
  return [
    ...Object.values(storedTypes).map(({ subject }) => subject),
    ...Object.values(askTypes).map(({ subject }) => subject),
    ...streams.flatMap((stream) => stream.subjects),
    ...Object.values(buckets).map(({ name }) => `$KV.${name}.>`),
    ...Object.values(permissions)
      .flatMap(({ publish, subscribe }) => [...publish, ...subscribe])
      .filter((subject) => subject !== '>'),
    subjectPatterns.pushLater,
  ];
}

/** What JetStream offers on each stream and consumer, the harmful parts included. */
function jetStreamSubjects(apps: readonly string[]): string[] {
  const names = [
    ...streams.map(({ name }) => name as string),
    ...Object.values(buckets).map(({ name }) => `KV_${name}`),
  ];
  const perStream = names.flatMap((stream) => [
    ...[
      'CREATE',
      'UPDATE',
      'DELETE',
      'INFO',
      'PURGE',
      'MSG.GET',
      'MSG.DELETE',
      'SNAPSHOT',
      'RESTORE',
      'LEADER.STEPDOWN',
    ].map((verb) => `$JS.API.STREAM.${verb}.${stream}`),
    `$JS.API.DIRECT.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}.x1`,
    `$JS.API.CONSUMER.CREATE.${stream}`,
    `$JS.API.CONSUMER.CREATE.${stream}.mine`,
    `$JS.API.CONSUMER.CREATE.${stream}.mine.im.evt.x1`,
    `$JS.API.CONSUMER.DURABLE.CREATE.${stream}.mine`,
    `$JS.API.CONSUMER.NAMES.${stream}`,
    `$JS.API.CONSUMER.LIST.${stream}`,
  ]);
  const perConsumer = consumersFor([...apps]).flatMap(({ stream, name }) => [
    ...['INFO', 'DELETE', 'PAUSE', 'RESET', 'MSG.NEXT', 'UNPIN'].map(
      (verb) => `$JS.API.CONSUMER.${verb}.${stream}.${name}`,
    ),
    `$JS.API.CONSUMER.CREATE.${stream}.${name}`,
    `$JS.ACK.${stream}.${name}.1.1.1.1.0`,
    `$JS.ACK._.HASH.${stream}.${name}.1.1.1.1.0.token`,
    subjects.deadLetter(stream, name),
  ]);
  return ['$JS.API.INFO', '$JS.API.STREAM.NAMES', '$JS.API.STREAM.LIST', ...perStream, ...perConsumer];
}

/** One subject that the pattern matches: the app where an app stands, a plain token elsewhere. */
export function concrete(pattern: string, app: string): string {
  const tokens = pattern.split('.');
  const appAt = appPositions.find(([prefix]) => pattern.startsWith(prefix))?.[1] ?? -1;
  return tokens
    .map((token, index) =>
      token === '*' ? (index === appAt ? app : plainToken(pattern, index)) : token === '>' ? 'x1' : token,
    )
    .join('.');
}

const appPositions: readonly (readonly [string, number])[] = [
  ['im.in.', 2],
  ['im.evt.', 3],
  ['im.job.', 5],
  ['im.live.', 2],
  ['im.ask.', 3],
];

/** A partition where one stands: the server stores the others under a name of ours all the same. */
function plainToken(pattern: string, index: number): string {
  return /^im\.evt\.(message|delivery|push|session)\./.test(pattern) && index === 4 ? '7' : 'x1';
}

/** nats-server's own rule: `*` is one token, `>` one or more at the end; a wildcard is only within a wider one. */
export function isWithin(subject: string, pattern: string): boolean {
  const s = subject.split('.');
  const p = pattern.split('.');
  for (const [index, token] of p.entries()) {
    const own = s[index];
    if (own === undefined) return false;
    if (token === '>') return true;
    if (own === '>') return false;
    if (token === '*') continue;
    if (own !== token) return false;
  }
  return s.length === p.length;
}
