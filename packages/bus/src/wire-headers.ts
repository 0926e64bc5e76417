import type { MsgHdrs } from '@nats-io/nats-core';
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

/** The headers of an arrived message, the first value of each. */
export function headerRecord(headers: MsgHdrs | undefined): Record<string, string> {
  const record: Record<string, string> = {};
  if (headers === undefined) return record;
  for (const [name, values] of headers) record[name] = values[0] ?? '';
  return record;
}
