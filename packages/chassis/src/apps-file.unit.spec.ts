import { ConfigError } from '@reveille/contracts/errors';
import { expect, it } from 'vitest';
import { type AppsCheck, parseApps, readAppsFile } from './apps-file.js';

const faultsOf = (text: string, check?: AppsCheck): readonly string[] => {
  try {
    parseApps(text, 'apps.yaml', check);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
};

it('reads apps and fills in what is not said', () => {
  const [app] = parseApps('apps:\n  - app: demo\n    ttlSeconds: 60\n', 'apps.yaml');
  expect(app).toMatchObject({ app: 'demo', ttlSeconds: 60, live: 'gateway', vendors: {}, strategies: [] });
  expect(app).not.toHaveProperty('revision');
});

/** One fault a line, and where a person has to look for it. */
const broken = `apps:
  - app: demo
    live: sometimes
    vendors:
      fcm: { projectId: p, credential: file:k, prioritee: high }
      apns:
        teamId: T
        keyId: K
        bundleId: b
    strategies:
      - resourcesId: ring
        strategy: voip
        fallback: louder
      - resourcesId: ring
      - resourcesId: voip
      - { resourcesId: a, fallback: b }
      - { resourcesId: b, fallback: a }
      - { resourcesId: hush, strategy: silent, sound: ping }
    defaultPushConfig: { resourcesID: nowhere }
  - app: "no spaces"
    ttlSecond: 5
  - app: demo
    live: platform
    strategies: [{ resourcesId: x, vendors: { apns: { category: C } } }]
`;

it('names every fault at once, with line and column, in the order of the file', () => {
  expect(faultsOf(broken).map((fault) => fault.replace(/ \((expected|Invalid).*$/, ''))).toEqual([
    'apps.yaml:3:5: apps.0.live: does not fit',
    'apps.yaml:5:48: apps.0.vendors.fcm.prioritee: there is no such field',
    'apps.yaml:6:7: apps.0.vendors.apns.credential: is missing',
    'apps.yaml:13:9: apps.0.strategies.0.fallback: the app has no strategy louder',
    'apps.yaml:14:9: apps.0.strategies.1.resourcesId: the strategy ring is declared twice',
    'apps.yaml:15:9: apps.0.strategies.2.resourcesId: voip is built in: take another name',
    'apps.yaml:16:27: apps.0.strategies.3.fallback: the fallbacks go round in a circle: a → b → a',
    'apps.yaml:18:48: apps.0.strategies.5.sound: hush is silent, nobody sees it: leave sound out',
    'apps.yaml:19:26: apps.0.defaultPushConfig.resourcesID: the app has no strategy nowhere',
    'apps.yaml:20:5: apps.1.app: does not fit',
    'apps.yaml:21:5: apps.1.ttlSecond: there is no such field',
    'apps.yaml:22:5: apps.2.app: app demo is declared twice',
    'apps.yaml:23:5: apps.2.live: a platform can answer only where platformNkey says which key it has',
    'apps.yaml:24:47: apps.2.strategies.0.vendors.apns: the app does not push through apns',
  ]);
});

it('says where the file is no YAML', () => {
  expect(faultsOf('apps:\n  - app: [\n')[0]).toMatch(/^apps\.yaml:[23]:\d+: /);
  expect(faultsOf('')[0]).toMatch(/^apps\.yaml:1:1: the file: /);
});

it('a key that stands twice does not hide the other faults', () => {
  const faults = faultsOf('apps:\n  - app: a\n    live: none\n    live: gateway\n    ttlSeconds: soon\n');
  expect(faults.map((fault) => fault.slice(0, 'apps.yaml:4:5'.length))).toEqual([
    'apps.yaml:4:5',
    'apps.yaml:5:5',
  ]);
});

it('asks for further faults whatever else is wrong, and not of what is no YAML', () => {
  const text =
    'apps:\n  - app: a\n    live: maybe\n    vendors: { fcm: { credential: file:k, projectId: p } }\n';
  const check: AppsCheck = () => [
    { path: ['apps', 0, 'vendors', 'fcm', 'credential'], message: 'there is no such file' },
  ];
  expect(faultsOf(text, check).map((fault) => fault.replace(/ \((expected|Invalid).*$/, ''))).toEqual([
    'apps.yaml:3:5: apps.0.live: does not fit',
    'apps.yaml:4:23: apps.0.vendors.fcm.credential: there is no such file',
  ]);
  expect(faultsOf('apps:\n  - app: [\n', check).join()).not.toContain('there is no such file');
});

it('says which file cannot be read, and why', () => {
  expect(() => readAppsFile('/nowhere/apps.yaml')).toThrow('/nowhere/apps.yaml cannot be read (ENOENT)');
});
