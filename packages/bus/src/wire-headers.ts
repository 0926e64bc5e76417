import type { Msg, MsgHdrs } from '@nats-io/nats-core';
import { ContractError } from '@reveille/contracts/errors';

const lineBreak = /[\r\n]/;

/**
 * A header block that is encoded once and may be sent many times. The client only ever calls `encode`
 * on what it is given, so this stands in for its own header object, which validates and searches per key.
 */
export class WireHeaders {
  readonly #bytes: Uint8Array;

  constructor(text: string) {
    this.#bytes = Buffer.from(`NATS/1.0\r\n${text}\r\n`);
  }

  encode(): Uint8Array {
    return this.#bytes;
  }

  /** As the client's type wants it. */
  asMsgHdrs(): MsgHdrs {
    return this as unknown as MsgHdrs;
  }
}

/** One header as a line; a value with a line break would smuggle in another header and is refused. */
export function headerLine(name: string, value: string): string {
  if (lineBreak.test(value)) throw new ContractError(`the header ${name} must not hold a line break`);
  return `${name}: ${value}\r\n`;
}

export function encodeHeaders(headers: Readonly<Record<string, string>>): WireHeaders {
  let text = '';
  for (const name in headers) text += headerLine(name, headers[name] ?? '');
  return new WireHeaders(text);
}

/** What the client's message holds of the headers before it takes them apart. */
interface RawMsg {
  readonly _rdata?: unknown;
  readonly _msg?: { readonly hdr?: unknown };
}

/**
 * The headers of an arrived message, the first value of each. The client takes them apart at a cost that grows with the
 * square of their number; where its message has the block at hand, it is read from there, with the same result.
 */
export function headersOf(msg: Msg): Record<string, string> {
  const { _rdata: block, _msg: place } = msg as unknown as RawMsg;
  const length = place?.hdr;
  if (!(block instanceof Uint8Array) || typeof length !== 'number') return headerRecord(msg.headers);
  return length > 0 ? parseHeaders(Buffer.from(block.buffer, block.byteOffset, length).toString()) : {};
}

export function parseHeaders(text: string): Record<string, string> {
  const record: Record<string, string> = {};
  let start = text.indexOf('\r\n') + 2;
  for (let end = text.indexOf('\r\n', start); start > 1 && end > start; end = text.indexOf('\r\n', start)) {
    const colon = text.indexOf(':', start);
    if (colon > -1 && colon < end) {
      const name = text.slice(start, colon);
      record[name] ??= text.slice(colon + 1, end).trim();
    }
    start = end + 2;
  }
  return record;
}

/** The same from headers that the client has taken apart. */
export function headerRecord(headers: MsgHdrs | undefined): Record<string, string> {
  const record: Record<string, string> = {};
  if (headers === undefined) return record;
  for (const [name, values] of headers) record[name] = values[0] ?? '';
  return record;
}
