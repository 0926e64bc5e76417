import { expect, it } from 'vitest';
import { withoutSecrets } from './dead-letter.js';

it('drops secret fields at any depth and nothing else', () => {
  expect(
    withoutSecrets({
      jobId: 'j',
      targets: [{ user: 'u', sealedToken: 's', inner: { token: 't', kept: [1, null, 'x'] } }],
      voipToken: null,
    }),
  ).toEqual({ jobId: 'j', targets: [{ user: 'u', inner: { kept: [1, null, 'x'] } }] });
  expect(withoutSecrets('text')).toBe('text');
  expect(withoutSecrets(null)).toBeNull();
});
