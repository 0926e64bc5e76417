import { parseApps } from '@reveille/chassis/apps-file';
import { expect, it } from 'vitest';
import { checkFiles } from './check-files.js';

it('names each file that is not there, where it is referred to', () => {
  const vendors = { apns: { key: 'file:/not/there.p8', topic: 'a.b' }, webpush: { caFile: '/nor/this.pem' } };
  expect(checkFiles({ apps: [{ app: 'shop', vendors }] })).toEqual([
    { path: ['apps', 0, 'vendors', 'apns', 'key'], message: 'there is no file /not/there.p8' },
    { path: ['apps', 0, 'vendors', 'webpush', 'caFile'], message: 'there is no file /nor/this.pem' },
  ]);
});

it('comes to an end where an alias leads back to what it stands in', () => {
  const text = `apps:
  - app: shop
    vendors: &vendors
      apns:
        key: file:/not/there.p8
        more: *vendors
`;
  expect(() => parseApps(text, 'apps.yaml', checkFiles)).toThrow(
    'apps.yaml:5:9: apps.0.vendors.apns.key: there is no file /not/there.p8',
  );
});
