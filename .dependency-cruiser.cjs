// Who may import whom. docs/architecture.md draws the floors; this file holds them.

const spec = '\\.(unit|int)\\.spec\\.ts$';
const testCode = [spec, '\\.contract\\.ts$', '/src/testing/', '^apps/sandbox/src/checklist/'];
const protocol = '^services/[^/]+/src/protocol/';
const pure = '^services/[^/]+/src/(domain|projections|protocol)/';
const vendorRoom = '^services/[^/]+/src/vendors/([^/]+)/';
const webpushEncryption = '^services/vendor-workers/src/vendors/webpush/webpush\\.encrypt\\.ts$';
const wiring = '^services/[^/]+/src/([^/]+\\.module|main|config)\\.ts$';
const ownCode = '^(packages|services|apps|e2e|bench|scripts)/';
// A library that a package does not list is not resolved, and breaks the rule all the same.
const library = (names) => `(^|/)node_modules/${names}/|^${names}(/|$)`;
const nest = library('@nestjs/[^/]+');
const sql = library('(kysely|pg)');
const natsClient = library('@nats-io/[^/]+');
const zod = '(^|/)node_modules/zod/';

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** What one package may import of our own code, besides itself. */
const onlyKnows = (name, folder, allowed) =>
  forbid(
    `${name}-knows-its-floor`,
    `${folder} imports of ours only: ${allowed.join(', ') || 'nothing'}`,
    { path: `^${folder}/` },
    { path: ownCode, pathNot: [`^${folder}/`, ...allowed.map((other) => `^${other}(/|\\.ts$)`)] },
  );

module.exports = {
  forbidden: [
    forbid(
      'no-cycles',
      'Also circles of types: a circle is one module in several files.',
      {},
      { circular: true },
    ),
    forbid('resolvable', 'An import leads somewhere.', {}, { couldNotResolve: true }),

    // Floors.
    forbid(
      'look-down-only',
      'Packages are below services, and services below everything that comes in through the front door.',
      { path: '^packages/' },
      { path: '^(services|apps|e2e|bench|scripts)/' },
    ),
    forbid(
      'contracts-stand-alone',
      'The ground floor imports one schema library.',
      { path: '^packages/contracts/src/', pathNot: testCode },
      { pathNot: ['^packages/contracts/src/', zod] },
    ),
    forbid(
      'eventing-is-pure',
      'Deciders and ports know contracts and nothing else.',
      { path: '^packages/eventing/src/', pathNot: testCode },
      { pathNot: ['^packages/(eventing|contracts)/src/'] },
    ),
    onlyKnows('bus', 'packages/bus', ['packages/contracts', 'packages/eventing']),
    onlyKnows('chassis', 'packages/chassis', ['packages/contracts']),
    onlyKnows('h2', 'packages/h2', []),
    onlyKnows('sdk', 'packages/sdk', ['packages/contracts']),
    forbid(
      'sdk-runs-in-a-browser',
      'What needs Node lives in src/node.',
      { path: '^packages/sdk/src/', pathNot: [...testCode, '^packages/sdk/src/node(/|[.-])'] },
      { dependencyTypes: ['core'] },
    ),
    forbid(
      'services-look-down',
      'A service knows the packages below it.',
      { path: '^services/', pathNot: testCode },
      { path: ownCode, pathNot: ['^services/', '^packages/(contracts|eventing|bus|chassis|h2)/'] },
    ),
    forbid(
      'services-are-strangers',
      'Services meet in the contracts and on the bus.',
      { path: '^services/([^/]+)/' },
      { path: '^services/([^/]+)/', pathNot: '^services/$1/' },
    ),
    forbid(
      'sandbox-is-independent',
      'Written from the vendors’ documents, so that a misreading cannot pass on both sides.',
      { path: '^apps/sandbox/' },
      {
        path: ownCode,
        pathNot: ['^apps/sandbox/', '^packages/contracts/src/push/vendor\\.ts$', '^packages/chassis/'],
      },
    ),
    onlyKnows('cli', 'apps/cli', ['packages/contracts', 'packages/bus', 'packages/chassis', 'packages/sdk']),
    // The scenario of who may say what starts a nats-server of its own with the generated configuration.
    onlyKnows('e2e', 'e2e', [
      'packages/contracts',
      'packages/sdk',
      'packages/bus/src/nats-config',
      'packages/bus/src/testing/town-server',
    ]),
    onlyKnows('bench', 'bench', ['packages/contracts', 'packages/sdk', 'e2e/src/harness']),

    // Libraries that belong to one room.
    forbid(
      'nats-client-in-bus',
      'One package speaks NATS; e2e and bench look at the wire from outside.',
      { path: ownCode, pathNot: ['^packages/bus/', '^(e2e|bench)/', ...testCode] },
      { path: natsClient },
    ),
    forbid(
      'nest-at-the-rim',
      'Decorators only at the doors and in the wiring.',
      {
        path: ownCode,
        pathNot: [
          ...testCode,
          '^packages/(bus|chassis)/src/nest/',
          '^services/[^/]+/src/inbound/',
          '^services/[^/]+/src/([^/]+\\.module|main)\\.ts$',
          '^apps/[^/]+/src/(.*\\.controller|.*\\.module|main)\\.ts$',
        ],
      },
      { path: nest },
    ),
    forbid(
      'kysely-in-outbound-db',
      'SQL is written in one room.',
      {
        path: ownCode,
        pathNot: [
          ...testCode,
          '^packages/chassis/src/',
          '^services/[^/]+/src/outbound/db/',
          '^services/[^/]+/src/[^/]+\\.module\\.ts$',
        ],
      },
      { path: sql },
    ),
    forbid(
      'no-test-code-in-production',
      'Test doubles, specs and test libraries stay in tests.',
      { path: '^(packages|services|apps)/', pathNot: testCode },
      { path: [...testCode, library('(vitest|fast-check|@nestjs/testing)')] },
    ),

    // Rooms of a service.
    forbid(
      'domain-is-pure',
      'A decision knows no clock, no database, no Nest, no NATS.',
      { path: pure, pathNot: [spec, protocol] },
      { pathNot: [pure, '^packages/(contracts|eventing)/'] },
    ),
    forbid(
      'protocol-sequences-ports',
      'Steps that several handlers share are handed their ports, and know no more of the world than a handler.',
      { path: protocol, pathNot: spec },
      { pathNot: [pure, '^services/[^/]+/src/(ports|vendor)\\.ts$', '^packages/(contracts|eventing)/'] },
    ),
    forbid(
      'vendors-are-pure',
      'What a vendor knows is tables; node:crypto signs.',
      { path: vendorRoom, pathNot: [...testCode, webpushEncryption] },
      {
        pathNot: [
          '^services/[^/]+/src/vendors/',
          '^services/[^/]+/src/vendor\\.ts$',
          '^packages/(contracts|eventing)/',
          '^(node:)?crypto$',
        ],
      },
    ),
    forbid(
      'webpush-encrypts-with-a-library',
      'RFC 8188 is too easily got subtly wrong to be written again; http_ece is functions over node:crypto and nothing else.',
      { path: webpushEncryption },
      {
        pathNot: ['^services/vendor-workers/src/vendors/webpush/', '^(node:)?crypto$', library('http_ece')],
      },
    ),
    forbid(
      'vendors-are-strangers',
      'Two similar rooms are cheaper than a corridor between them.',
      { path: vendorRoom },
      { path: vendorRoom, pathNot: '^services/[^/]+/src/vendors/$1/' },
    ),
    forbid(
      'registry-is-the-vendors-door',
      'Everybody else asks the registry.',
      { path: '^services/', pathNot: [...testCode, '/src/vendors/', '/src/registry\\.ts$'] },
      { path: vendorRoom },
    ),
    forbid(
      'handlers-do-not-call-handlers',
      'The next step is a new message.',
      { path: '^services/[^/]+/src/handlers/', pathNot: spec },
      { path: '^services/[^/]+/src/handlers/' },
    ),
    forbid(
      'handlers-look-inward',
      'A handler sequences decisions and ports.',
      { path: '^services/[^/]+/src/handlers/', pathNot: spec },
      {
        pathNot: [
          '^services/[^/]+/src/(domain|protocol|projections|handlers)/',
          '^services/[^/]+/src/(ports|vendor|sender)\\.ts$',
          '^packages/(contracts|eventing)/',
        ],
      },
    ),
    forbid(
      'inbound-hands-over',
      'A door in parses and calls a handler.',
      { path: '^services/[^/]+/src/inbound/', pathNot: spec },
      { path: ['^services/[^/]+/src/(domain|outbound|projections|vendors)/'] },
    ),
    forbid(
      'outbound-fulfils-ports',
      'A door out knows what is asked of it, not who asks.',
      { path: '^services/[^/]+/src/outbound/', pathNot: spec },
      { path: '^services/[^/]+/src/(handlers|inbound|domain|vendors)/' },
    ),
    forbid(
      'wiring-is-imported-by-nobody',
      'Module, main and config see everything and are seen by none.',
      { path: '^services/', pathNot: [wiring, ...testCode] },
      { path: wiring },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    doNotFollow: { path: '(^|/)node_modules/' },
    exclude: {
      path: '^((packages|services|apps)/[^/]+|e2e|bench)/dist/|^packages/contracts/(generated|fixtures)/|^e2e/foreign/',
    },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@reveille/source', 'types', 'node', 'import', 'default'],
      extensions: ['.ts', '.js', '.json', '.d.ts'],
    },
  },
};
