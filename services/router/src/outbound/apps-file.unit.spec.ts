import { ConfigError } from '@reveille/contracts/errors';
import { expect, it } from 'vitest';
import { parseApps } from './apps-file.js';

const faultsOf = (text: string): readonly string[] => {
  try {
    parseApps(text, 'apps.yaml');
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
};

it('reads apps and fills in what is not said', () => {
  const [app] = parseApps('apps:\n  - app: demo\n    ttlSeconds: 60\n', 'apps.yaml');
  expect(app).toMatchObject({
    app: 'demo',
    ttlSeconds: 60,
    live: 'gateway',
    foregroundDeadlineMs: 5_000,
    vendors: {},
  });
});

it('names every fault with its line', () => {
  const faults = faultsOf(
    [
      'apps:',
      '  - app: demo',
      '    live: sometimes',
      '    vendors:',
      '      apns:',
      '        teamId: T',
      '  - app: "no spaces"',
      '',
    ].join('\n'),
  );
  expect(faults.find((fault) => fault.includes('live'))).toMatch(/^apps\.yaml:3: /);
  expect(faults.find((fault) => fault.includes('credential'))).toMatch(
    /^apps\.yaml:6: apps\.0\.vendors\.apns\.credential: /,
  );
  expect(faults.find((fault) => fault.includes('apps.1.app'))).toMatch(/^apps\.yaml:7: /);
});

it('says where the file is no YAML, and which app is there twice', () => {
  expect(faultsOf('apps:\n  - app: [\n')[0]).toMatch(/^apps\.yaml:[23]: /);
  expect(faultsOf('apps:\n  - app: a\n  - app: b\n  - app: a\n')).toEqual([
    'apps.yaml:4: app a is declared twice',
  ]);
  expect(faultsOf('')[0]).toMatch(/^apps\.yaml:1: /);
});
