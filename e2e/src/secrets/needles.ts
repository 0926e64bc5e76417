import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { filesBelow } from './places.js';

/** A secret in one of the forms in which it could lie somewhere. */
export interface Needle {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Something that must be nowhere, as it is written: text, or bytes that no text stands for. */
export interface NamedSecret {
  readonly name: string;
  readonly value: string | Buffer;
}

/** What is never written down where this could read it, by its form: JWTs to the vendors, access tokens of theirs. */
export const shapes: readonly { readonly name: string; readonly form: RegExp }[] = [
  { name: 'a signed JWT', form: /eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{40,}/ },
  { name: 'an authorization header', form: /[Bb]earer [A-Za-z0-9._-]{24,}/ },
  { name: 'a Google access token', form: /ya29\.[A-Za-z0-9._-]{16,}/ },
  { name: 'a private key', form: /-----BEGIN (EC |RSA )?PRIVATE KEY-----/ },
  { name: 'an nkey seed', form: /\bSU[A-Z2-7]{56}\b/ },
];

/** Plain, as hex, and as base64 and base64url wherever in a longer text the secret may begin. */
export function formsOf({ name, value }: NamedSecret): Needle[] {
  const plain = Buffer.from(value as string);
  const forms = new Map<string, Needle>();
  const add = (form: string, bytes: Buffer): void => {
    forms.set(bytes.toString('latin1'), { name: `${name} (${form})`, bytes });
  };
  add('plain', plain);
  add('hex', Buffer.from(plain.toString('hex')));
  add('HEX', Buffer.from(plain.toString('hex').toUpperCase()));
  for (const offset of [0, 1, 2]) {
    for (const encoding of ['base64', 'base64url'] as const)
      add(`${encoding} at ${offset}`, Buffer.from(encodedWithin(plain, offset, encoding)));
  }
  return [...forms.values()];
}

/** The characters of the encoding that the secret alone decides when `offset` bytes (mod 3) come before it. */
function encodedWithin(plain: Buffer, offset: number, encoding: 'base64' | 'base64url'): string {
  const text = Buffer.concat([Buffer.alloc(offset), plain])
    .toString(encoding)
    .replaceAll('=', '');
  const isWhole = (offset + plain.length) % 3 === 0;
  return text.slice(offset === 0 ? 0 : offset + 1, isWhole ? undefined : -1);
}

/** Every secret in a folder of key files: seeds, base64 keys, fields of JSON, PEM blocks line by line and the numbers in them. */
export function secretsInFiles(folder: string): NamedSecret[] {
  return filesBelow(folder).flatMap((path) => {
    const text = readFileSync(path, 'utf8');
    const file = path.split('/').at(-1) ?? path;
    return secretsIn(path.endsWith('.json') ? secretFields(text).join('\n') : text).map((value, index) => ({
      name: `${file} #${index}`,
      value,
    }));
  });
}

const secretsIn = (text: string): (string | Buffer)[] => [...wordsOf(text), ...numbersOf(text)];

/** Of a credential's fields: what only names somebody or something may be seen. */
const publicField = /^(_comment|type|client_email|publicKey|.*_uri|.*(_id|Id))$/;

function secretFields(json: string): string[] {
  const fields = Object.entries(JSON.parse(json) as Record<string, unknown>);
  return fields.flatMap(([name, value]) =>
    typeof value === 'string' && !publicField.test(name) ? [value] : [],
  );
}

const shortestKey = 20;

/** Words as long as keys are, public nkeys left out; a base64 key is a secret in its raw bytes too. */
function wordsOf(text: string): (string | Buffer)[] {
  const lines = text.split('\n').filter((line) => !/^\s*(#|-----|$)/.test(line));
  const words = lines
    .flatMap((line) => line.trim().split(/[:\s",]+/))
    .filter((word) => word.length >= shortestKey && /^[A-Za-z0-9+/=_-]+$/.test(word))
    .filter((word) => !/^U[A-Z2-7]{55}$/.test(word));
  return words.flatMap((word) => {
    const raw = Buffer.from(word, 'base64');
    return raw.toString('base64') === word && raw.length === 32 ? [word, raw] : [word];
  });
}

/** The private numbers of the PEM key in a text, as a JWK would have them. */
function numbersOf(text: string): (string | Buffer)[] {
  const pem = /-----BEGIN PRIVATE KEY-----[\s\S]+?-----END PRIVATE KEY-----/.exec(text)?.[0];
  if (pem === undefined) return [];
  const { d, p, q } = createPrivateKey(pem).export({ format: 'jwk' });
  return [d, p, q].filter((number) => number !== undefined).map((number) => Buffer.from(number, 'base64url'));
}
