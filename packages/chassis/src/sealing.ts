import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { ConfigError, ContractError } from '@reveille/contracts/errors';
import type { AppId, DeviceId } from '@reveille/contracts/ids';
import type { Env } from './env.js';

/** Whose token it is: a sealed token opens for no other app and no other device. */
export interface SealedFor {
  readonly app: AppId;
  readonly deviceId: DeviceId;
}

/**
 * Seals push tokens with AES-256-GCM as `v1.<key id>.<base64url of iv, ciphertext and tag>`. New tokens are sealed with
 * the current key; while keys rotate, a second one still opens.
 */
export interface Sealing {
  readonly currentKeyId: string;
  /** Every key that opens, the current one first. */
  readonly keyIds: readonly string[];
  seal(token: string, owner: SealedFor): string;
  /**
   * @throws UnknownSealingKeyError when its key is not live any more, ContractError when it is damaged or somebody else's.
   * Neither repeats what was sealed.
   */
  open(sealed: string, owner: SealedFor): string;
}

/** A token was sealed with a key that this process does not have: it must be sealed anew by presence. */
export class UnknownSealingKeyError extends Error {
  override readonly name = 'UnknownSealingKeyError';
  constructor(readonly keyId: string) {
    super(`no live sealing key is called ${keyId}`);
  }
}

const format = 'v1';
const cipher = 'aes-256-gcm';
const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;
const mostKeys = 2;
const keyLine = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/]{43}=)$/;

/**
 * Reads a key file: lines `<key id>:<base64 of 32 bytes>`, the first is the current key, at most two are live. Empty lines
 * and lines that begin with `#` are passed over.
 * @throws ConfigError naming every line that does not fit, never what stands in it.
 */
export function createSealing(keyFile: string): Sealing {
  const keys = parseKeys(keyFile);
  const [currentKeyId] = keys.keys();
  if (currentKeyId === undefined) throw new ConfigError(['the sealing key file holds no key']);
  return {
    currentKeyId,
    keyIds: [...keys.keys()],
    seal: (token, owner) => seal(currentKeyId, keyCalled(keys, currentKeyId), token, owner),
    open(sealed, owner) {
      const { keyId, body } = partsOf(sealed);
      return open(keyCalled(keys, keyId), body, owner);
    },
  };
}

const keysVariable = 'REVEILLE_SEALING_KEYS_FILE';

/**
 * Ends the reading of a service's environment with the sealing, from the key file that it names.
 * @throws ConfigError that lists every fault at once, those of `env` among them.
 */
export function readSealing(env: Env): Sealing {
  const keyFile = env.secretFile(keysVariable).expose();
  const sealing = keyFile === '' ? null : env.attempt(() => createSealing(keyFile), keysVariable);
  env.done();
  if (sealing === null) throw new ConfigError([`${keysVariable} holds no key`]);
  return sealing;
}

/** The id of the key that a token was sealed with. */
export function keyIdOf(sealed: string): string {
  return partsOf(sealed).keyId;
}

function seal(keyId: string, key: KeyObject, token: string, owner: SealedFor): string {
  const iv = randomBytes(ivBytes);
  const encrypt = createCipheriv(cipher, key, iv, { authTagLength: tagBytes }).setAAD(associatedData(owner));
  const ciphertext = [encrypt.update(token, 'utf8'), encrypt.final()];
  return `${format}.${keyId}.${Buffer.concat([iv, ...ciphertext, encrypt.getAuthTag()]).toString('base64url')}`;
}

function open(key: KeyObject, body: Buffer, owner: SealedFor): string {
  const iv = body.subarray(0, ivBytes);
  const tag = body.subarray(body.length - tagBytes);
  const decrypt = createDecipheriv(cipher, key, iv, { authTagLength: tagBytes })
    .setAAD(associatedData(owner))
    .setAuthTag(tag);
  const clear = decrypt.update(body.subarray(ivBytes, body.length - tagBytes));
  try {
    // In this mode nothing is held back: the end only proves that all of it is whole.
    decrypt.final();
    return clear.toString('utf8');
  } catch (cause) {
    throw new ContractError(
      `a sealed token of ${owner.app}/${owner.deviceId} does not open: damaged or not theirs`,
      { cause },
    );
  }
}

function keyCalled(keys: ReadonlyMap<string, KeyObject>, keyId: string): KeyObject {
  const key = keys.get(keyId);
  if (key === undefined) throw new UnknownSealingKeyError(keyId);
  return key;
}

function partsOf(sealed: string): { keyId: string; body: Buffer } {
  const [version, keyId, encoded, ...rest] = sealed.split('.');
  const body = Buffer.from(encoded ?? '', 'base64url');
  const isWhole = version === format && keyId !== undefined && keyId !== '' && rest.length === 0;
  if (!isWhole || body.length < ivBytes + tagBytes) throw new ContractError('not a sealed token');
  return { keyId, body };
}

/** An app id holds no slash, so two owners never share one. */
function associatedData({ app, deviceId }: SealedFor): Buffer {
  return Buffer.from(`${app}/${deviceId}`);
}

function parseKeys(text: string): Map<string, KeyObject> {
  const keys = new Map<string, KeyObject>();
  const faults: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, keyId, encoded] = keyLine.exec(line.trim()) ?? [];
    const key = Buffer.from(encoded ?? '', 'base64');
    if (keyId === undefined || key.length !== keyBytes) {
      faults.push(`the sealing key file: line ${index + 1} is not <key id>:<base64 of ${keyBytes} bytes>`);
    } else if (keys.has(keyId)) {
      faults.push(`the sealing key file: line ${index + 1} repeats the key id ${keyId}`);
    } else {
      keys.set(keyId, createSecretKey(key));
    }
  }
  if (keys.size > mostKeys)
    faults.push(`the sealing key file: ${keys.size} keys, at most ${mostKeys} may be live`);
  if (faults.length > 0) throw new ConfigError(faults);
  return keys;
}
