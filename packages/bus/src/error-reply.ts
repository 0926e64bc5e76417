import { ContractError, RefusedError, TimeoutError, UnavailableError } from '@reveille/contracts/errors';
import { header } from '@reveille/contracts/headers';
import { encodeHeaders, type WireHeaders } from './wire-headers.js';

type ErrorKind = 'unavailable' | 'timeout' | 'contract' | 'refused' | 'failed';

const kinds: Readonly<Record<string, ErrorKind>> = {
  UnavailableError: 'unavailable',
  StreamFullError: 'unavailable',
  ConflictError: 'unavailable',
  TimeoutError: 'timeout',
  ContractError: 'contract',
  RefusedError: 'refused',
};

/** An answerer's fault or refusal as the answer that carries it. A bug's own words stay at home. */
export function encodeError(error: unknown): { headers: WireHeaders; data: Uint8Array } {
  const kind = (error instanceof Error && kinds[error.name]) || 'failed';
  const message = kind === 'failed' ? 'the answerer failed' : (error as Error).message;
  const code = kind === 'refused' ? (error as RefusedError).code : null;
  return {
    headers: encodeHeaders({ [header.error]: kind }),
    data: Buffer.from(JSON.stringify({ code, message })),
  };
}

/** The error that an answer carries, of the class that the answerer threw. */
export function decodeError(kind: string, data: Uint8Array): Error {
  const { code, message } = readBody(data);
  switch (kind) {
    case 'unavailable':
      return new UnavailableError(message);
    case 'timeout':
      return new TimeoutError(message);
    case 'contract':
      return new ContractError(message);
    case 'refused':
      return new RefusedError(code ?? 'unavailable', message);
    default:
      return new Error(message);
  }
}

function readBody(data: Uint8Array): { code: string | null; message: string } {
  try {
    const body = JSON.parse(Buffer.from(data).toString()) as { code?: string | null; message?: string };
    return { code: body.code ?? null, message: body.message ?? '' };
  } catch {
    return { code: null, message: 'an error without words' };
  }
}
