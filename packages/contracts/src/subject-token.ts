import { ContractError } from './errors.js';

const plain = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * An id as one token of a subject: `[A-Za-z0-9_-]{1,64}` goes in as it is, anything else as `~` and the
 * base64url of its UTF-8. Part of the public contract.
 */
export function toSubjectToken(id: string): string {
  if (plain.test(id)) return id;
  if (id === '') throw new ContractError('an empty id cannot stand in a subject');
  return `~${base64url(new TextEncoder().encode(id))}`;
}

/** The id that a token of a subject stands for. */
export function fromSubjectToken(token: string): string {
  if (!token.startsWith('~')) return token;
  return new TextDecoder('utf-8', { fatal: true }).decode(fromBase64url(token.slice(1)));
}

function base64url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64url(text: string): Uint8Array {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch (cause) {
    throw new ContractError(`not base64url: ${text}`, { cause });
  }
}
