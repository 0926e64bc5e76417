import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSealing, keyIdOf } from './sealing.js';

const key = () => randomBytes(32).toString('base64');
const older = `k1:${key()}`;
const newer = `k2:${key()}`;
const owner = { app: 'chat', deviceId: 'phone-1' };
const token = 'a-vendor-token:APA91b_ünïcode';

describe('sealing', () => {
  it('opens what it sealed, for the same owner', () => {
    const sealing = createSealing(older);
    expect(sealing.open(sealing.seal(token, owner), owner)).toBe(token);
  });

  it('says which key it used, and nothing of the token', () => {
    const sealing = createSealing(older);
    const sealed = sealing.seal(token, owner);
    expect(sealed).toMatch(/^v1\.k1\.[A-Za-z0-9_-]+$/);
    expect(keyIdOf(sealed)).toBe('k1');
    expect(Buffer.from(sealed.split('.')[2] ?? '', 'base64url').includes(Buffer.from(token))).toBe(false);
  });

  it('seals the same token differently each time', () => {
    const sealing = createSealing(older);
    expect(sealing.seal(token, owner)).not.toBe(sealing.seal(token, owner));
  });

  it.each([
    { app: 'other', deviceId: 'phone-1' },
    { app: 'chat', deviceId: 'phone-2' },
  ])('does not open for $app/$deviceId', (stranger) => {
    const sealing = createSealing(older);
    const sealed = sealing.seal(token, owner);
    expect(() => sealing.open(sealed, stranger)).toThrowError(/does not open/);
  });

  it('notices a flipped bit anywhere', () => {
    const sealing = createSealing(older);
    const [version, keyId, body] = sealing.seal(token, owner).split('.');
    const bytes = Buffer.from(body ?? '', 'base64url');
    for (const index of bytes.keys()) {
      const damaged = Buffer.from(bytes);
      damaged[index] = (damaged[index] ?? 0) ^ 1;
      expect(() => sealing.open(`${version}.${keyId}.${damaged.toString('base64url')}`, owner)).toThrowError(
        /does not open/,
      );
    }
  });

  it('rotates: the first key seals, the second still opens, a dropped one is named', () => {
    const sealed = createSealing(older).seal(token, owner);
    const rotating = createSealing(`${newer}\n${older}\n`);
    expect(rotating.currentKeyId).toBe('k2');
    expect(rotating.open(sealed, owner)).toBe(token);
    expect(keyIdOf(rotating.seal(token, owner))).toBe('k2');
    expect(() => createSealing(newer).open(sealed, owner)).toThrowError('no live sealing key is called k1');
  });

  it.each(['', 'v1', 'v1.k1.', 'v1.k1.AAAA', 'v2.k1.AAAA', 'x'.repeat(200), 'v1.k1.AAAA.BBBB'])(
    'refuses %j as not sealed',
    (text) => {
      expect(() => createSealing(older).open(text, owner)).toThrowError('not a sealed token');
    },
  );
});

describe('a key file', () => {
  it('passes over comments and empty lines', () => {
    expect(createSealing(`# a remark\n\n${older}\r\n`).keyIds).toEqual(['k1']);
  });

  it('lists every fault at once and repeats no key', () => {
    const short = `k3:${randomBytes(16).toString('base64')}`;
    const read = () => createSealing(`${older}\n${older}\n${short}\nnonsense`);
    expect(read).toThrowError(/line 2 repeats the key id k1\n.*line 3 .*\n.*line 4/);
    expect(read).not.toThrowError(new RegExp((short.split(':')[1] ?? '').replaceAll(/[+/=]/g, '.')));
  });

  it('has one or two keys', () => {
    expect(() => createSealing('# only a remark')).toThrowError('holds no key');
    expect(() => createSealing(`${older}\n${newer}\nk3:${key()}`)).toThrowError('at most 2 may be live');
  });
});
