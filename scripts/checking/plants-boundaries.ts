import type { Plant } from './plant.ts';

const gateway = 'services/gateway/src';
const workers = 'services/vendor-workers/src';

/** A file that imports what it must not; the file it names is planted too when `target` says so. */
function stray(rule: string, path: string, imported: string, target: string | null = null): Plant {
  const files: Record<string, string> = { [path]: `import '${imported}';\n` };
  if (target !== null) files[target] = 'export const planted = 1;\n';
  return { rule, step: 'boundaries', files, sees: [`${rule}:`, path] };
}

export const boundaryPlants: readonly Plant[] = [
  {
    rule: 'no-cycles',
    step: 'boundaries',
    files: {
      'packages/eventing/src/planted-hen.ts':
        "import type { Egg } from './planted-egg.js';\nexport type Hen = Egg;\n",
      'packages/eventing/src/planted-egg.ts':
        "import type { Hen } from './planted-hen.js';\nexport type Egg = Hen;\n",
    },
    sees: ['no-cycles:', 'planted-'],
  },
  stray('resolvable', 'e2e/src/planted-nowhere.ts', './planted-not-there.js'),
  stray(
    'look-down-only',
    'packages/bus/src/planted-up.ts',
    '../../../services/gateway/src/planted-goal.js',
    `${gateway}/planted-goal.ts`,
  ),
  stray('contracts-stand-alone', 'packages/contracts/src/planted-disk.ts', 'node:fs'),
  stray('eventing-is-pure', 'packages/eventing/src/planted-disk.ts', 'node:fs'),
  stray(
    'bus-knows-its-floor',
    'packages/bus/src/planted-beside.ts',
    '../../chassis/src/planted-goal.js',
    'packages/chassis/src/planted-goal.ts',
  ),
  stray(
    'chassis-knows-its-floor',
    'packages/chassis/src/planted-beside.ts',
    '../../bus/src/planted-goal.js',
    'packages/bus/src/planted-goal.ts',
  ),
  stray(
    'h2-knows-its-floor',
    'packages/h2/src/planted-beside.ts',
    '../../bus/src/planted-goal.js',
    'packages/bus/src/planted-goal.ts',
  ),
  stray('webpush-encrypts-with-a-library', `${workers}/vendors/webpush/webpush.encrypt.ts`, 'node:fs'),
  stray(
    'sdk-knows-its-floor',
    'packages/sdk/src/planted-below.ts',
    '../../bus/src/planted-goal.js',
    'packages/bus/src/planted-goal.ts',
  ),
  stray('sdk-runs-in-a-browser', 'packages/sdk/src/planted-disk.ts', 'node:fs'),
  stray(
    'services-look-down',
    `${gateway}/planted-roof.ts`,
    '../../../packages/sdk/src/planted-goal.js',
    'packages/sdk/src/planted-goal.ts',
  ),
  stray(
    'services-are-strangers',
    `${gateway}/planted-next-door.ts`,
    '../../router/src/planted-goal.js',
    'services/router/src/planted-goal.ts',
  ),
  stray(
    'sandbox-is-independent',
    'apps/sandbox/src/planted-peek.ts',
    '../../../packages/contracts/src/planted-goal.js',
    'packages/contracts/src/planted-goal.ts',
  ),
  stray(
    'cli-knows-its-floor',
    'apps/cli/src/planted-peek.ts',
    '../../sandbox/src/planted-goal.js',
    'apps/sandbox/src/planted-goal.ts',
  ),
  stray(
    'e2e-knows-its-floor',
    'e2e/src/planted-peek.ts',
    '../../packages/bus/src/planted-goal.js',
    'packages/bus/src/planted-goal.ts',
  ),
  stray(
    'bench-knows-its-floor',
    'bench/src/planted-peek.ts',
    '../../services/gateway/src/planted-goal.js',
    `${gateway}/planted-goal.ts`,
  ),
  stray('nats-client-in-bus', `${gateway}/planted-wire.ts`, '@nats-io/transport-node'),
  stray('nest-at-the-rim', `${gateway}/handlers/planted-decorated.ts`, '@nestjs/common'),
  stray('kysely-in-outbound-db', 'services/router/src/inbound/planted-query.ts', 'kysely'),
  stray(
    'no-test-code-in-production',
    `${gateway}/outbound/planted-double.ts`,
    '../testing/planted-fake.js',
    `${gateway}/testing/planted-fake.ts`,
  ),
  stray('domain-is-pure', 'services/router/src/domain/planted-disk.ts', 'node:fs'),
  stray('protocol-sequences-ports', 'services/router/src/protocol/planted-disk.ts', 'node:fs'),
  stray('vendors-are-pure', `${workers}/vendors/apns/planted-disk.ts`, 'node:fs'),
  stray(
    'vendors-are-strangers',
    `${workers}/vendors/apns/planted-peek.ts`,
    '../fcm/planted-goal.js',
    `${workers}/vendors/fcm/planted-goal.ts`,
  ),
  stray(
    'registry-is-the-vendors-door',
    `${workers}/handlers/planted-short-cut.ts`,
    '../vendors/fcm/planted-goal.js',
    `${workers}/vendors/fcm/planted-goal.ts`,
  ),
  stray(
    'handlers-do-not-call-handlers',
    `${gateway}/handlers/planted-caller.ts`,
    './planted-called.js',
    `${gateway}/handlers/planted-called.ts`,
  ),
  stray(
    'handlers-look-inward',
    `${gateway}/handlers/planted-outward.ts`,
    '../outbound/planted-goal.js',
    `${gateway}/outbound/planted-goal.ts`,
  ),
  stray(
    'inbound-hands-over',
    'services/router/src/inbound/planted-decides.ts',
    '../domain/planted-goal.js',
    'services/router/src/domain/planted-goal.ts',
  ),
  stray(
    'outbound-fulfils-ports',
    `${gateway}/outbound/planted-caller.ts`,
    '../handlers/planted-called.js',
    `${gateway}/handlers/planted-called.ts`,
  ),
  stray(
    'wiring-is-imported-by-nobody',
    `${gateway}/handlers/planted-wired.ts`,
    '../planted.module.js',
    `${gateway}/planted.module.ts`,
  ),
];
