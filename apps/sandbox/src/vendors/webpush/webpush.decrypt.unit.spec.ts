import { createECDH } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { decryptFor, readCryptoHeader } from './webpush.decrypt.js';

/** RFC 8291, appendix A. */
const example = {
  privateKey: 'q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94',
  auth: Buffer.from('BTBZMqHH6r4Tts7J_aSIgg', 'base64url'),
  message: Buffer.from(
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
    'base64url',
  ),
};

function read(message: Buffer, auth = example.auth): string | null {
  const browser = createECDH('prime256v1');
  browser.setPrivateKey(example.privateKey, 'base64url');
  const header = readCryptoHeader(message);
  return header === null ? null : (decryptFor(browser, auth, header)?.toString('utf8') ?? null);
}

describe('a message for a browser', () => {
  test('is read as RFC 8291 shows it', () => {
    expect(read(example.message)).toBe('When I grow up, I want to be a watermelon');
  });

  test('is not read with another secret, touched, or cut', () => {
    const touched = Buffer.from(example.message);
    touched[touched.length - 1] = (touched.at(-1) ?? 0) ^ 1;
    expect(read(example.message, Buffer.alloc(16))).toBeNull();
    expect(read(touched)).toBeNull();
    expect(read(example.message.subarray(0, -1))).toBeNull();
  });

  test.each([
    ['no key', (body: Buffer) => body.writeUInt8(0, 20)],
    ['a compressed key', (body: Buffer) => body.writeUInt8(2, 21)],
    ['records shorter than the rest', (body: Buffer) => body.writeUInt32BE(18, 16)],
  ])('has no head with %s', (_name, spoil) => {
    const body = Buffer.from(example.message);
    spoil(body);
    expect(readCryptoHeader(body)).toBeNull();
  });
});
