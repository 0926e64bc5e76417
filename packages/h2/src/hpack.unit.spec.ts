import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from './byte-writer.js';
import { HpackDecoder } from './hpack-decoder.js';
import { HeaderFault, HpackEncoder } from './hpack-encoder.js';
import { HpackError } from './hpack-error.js';

const decodeWith = (decoder: HpackDecoder, hex: string): string[] => {
  const fields: string[] = [];
  decoder.decode(Buffer.from(hex, 'hex'), (name, value) => fields.push(`${name}: ${value}`));
  return fields;
};
type Field = readonly [name: string, value: string, once: boolean];
function encode(encoder: HpackEncoder, fields: readonly Field[]): Buffer {
  const out = new ByteWriter();
  encoder.begin(out);
  for (const [name, value, once] of fields)
    if (once) encoder.writeOnce(out, name, value);
    else encoder.write(out, name, value);
  return Buffer.from(out.take());
}

/** RFC 7541, appendix C. */
describe('header blocks of the standard', () => {
  it('C.2: literals with and without a place in the table', () => {
    const decoder = new HpackDecoder();
    expect(decodeWith(decoder, '400a637573746f6d2d6b65790d637573746f6d2d686561646572')).toEqual([
      'custom-key: custom-header',
    ]);
    expect(decodeWith(decoder, '040c2f73616d706c652f70617468')).toEqual([':path: /sample/path']);
    expect(decodeWith(decoder, '100870617373776f726406736563726574')).toEqual(['password: secret']);
    expect(decodeWith(decoder, '82')).toEqual([':method: GET']);
    // The first one is remembered.
    expect(decodeWith(decoder, 'be')).toEqual(['custom-key: custom-header']);
  });

  it('C.3: three requests on one connection', () => {
    const decoder = new HpackDecoder();
    const first = [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'];
    expect(decodeWith(decoder, '828684410f7777772e6578616d706c652e636f6d')).toEqual(first);
    expect(decodeWith(decoder, '828684be58086e6f2d6361636865')).toEqual([
      ...first,
      'cache-control: no-cache',
    ]);
    expect(decodeWith(decoder, '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565')).toEqual([
      ':method: GET',
      ':scheme: https',
      ':path: /index.html',
      ':authority: www.example.com',
      'custom-key: custom-value',
    ]);
  });

  it('C.4: the same with packed strings', () => {
    const decoder = new HpackDecoder();
    expect(decodeWith(decoder, '828684418cf1e3c2e5f23a6ba0ab90f4ff')[3]).toBe(':authority: www.example.com');
    expect(decodeWith(decoder, '828684be5886a8eb10649cbf')[4]).toBe('cache-control: no-cache');
    expect(decodeWith(decoder, '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf')[4]).toBe(
      'custom-key: custom-value',
    );
  });
});

describe('what a decoder must not take', () => {
  it.each([
    ['an index that leads nowhere', 'be'],
    ['index 0', '80'],
    ['a name that leads nowhere', '7f0003616263'],
    ['a string longer than its block', '400a6375'],
    ['a number without an end', 'ffffffffffffffff'],
    ['a table larger than agreed on', '3fe2ff03'],
    ['a table size within a block', '8220'],
    ['a packed string that ends within a code', '410100'.replace('0100', '8100')],
    ['a packed string with the end of a string in it', '4184ffffffff'],
  ])('%s', (_name, hex) => {
    expect(() => decodeWith(new HpackDecoder(), hex)).toThrow(HpackError);
  });

  it('anything at all: it reads it or says no', () => {
    const outcome = (blocks: readonly Uint8Array[]): string => {
      const decoder = new HpackDecoder();
      try {
        for (const block of blocks) decoder.decode(Buffer.from(block), () => undefined);
        return 'read';
      } catch (error) {
        return error instanceof Error ? error.name : String(error);
      }
    };
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (blocks) => {
        expect(['read', 'HpackError']).toContain(outcome(blocks));
      }),
    );
  });
});

describe('encoder and decoder', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
  const value = fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    maxLength: 300,
  });
  const field = fc.tuple(name, value, fc.boolean());

  it('understand each other, block after block, whatever the table may hold', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.array(field, { maxLength: 12 }), fc.option(fc.integer({ min: 0, max: 8_192 }))),
          {
            maxLength: 30,
          },
        ),
        (blocks) => {
          const encoder = new HpackEncoder();
          const decoder = new HpackDecoder();
          for (const [fields, limit] of blocks) {
            if (limit !== null) encoder.limitTable(limit);
            const read: string[] = [];
            decoder.decode(encode(encoder, fields), (n, v) => read.push(`${n}: ${v}`));
            expect(read).toEqual(fields.map(([n, v]) => `${n}: ${v}`));
          }
        },
      ),
    );
  });

  it('a field that comes again is one byte, also after thousands of others', () => {
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder();
    const authorization: Field = ['authorization', `bearer ${'x'.repeat(200)}`, false];
    for (let index = 0; index < 5_000; index += 1) {
      const fields: Field[] = [
        authorization,
        ['apns-expiration', String(index), false],
        ['apns-id', `${index}`, true],
      ];
      const block = encode(encoder, fields);
      const read: string[] = [];
      decoder.decode(block, (n, v) => read.push(`${n}: ${v}`));
      expect(read).toEqual(fields.map(([n, v]) => `${n}: ${v}`));
    }
    expect(encode(encoder, [authorization])).toHaveLength(1);
  });

  it('a value that was said once stands in no table', () => {
    const encoder = new HpackEncoder();
    const first = encode(encoder, [['x-secret', 'abc', true]]);
    expect(encode(encoder, [['x-secret', 'abc', true]])).toEqual(first);
    expect(first[0]).toBe(0x10);
  });

  it.each([
    ['x', 'a\r\nb: c'],
    ['x', 'a\0'],
    ['x', 'snow \u2603'],
    ['X', 'a'],
    ['', 'a'],
    ['a b', 'a'],
  ])('refuses %j: %j', (badName, badValue) => {
    expect(() => encode(new HpackEncoder(), [[badName, badValue, false]])).toThrow(HeaderFault);
    expect(() => encode(new HpackEncoder(), [[badName, badValue, true]])).toThrow(HeaderFault);
  });
});
