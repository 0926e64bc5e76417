import { Controller, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { RefusedError, TimeoutError, UnavailableError } from '@reveille/contracts/errors';
import { type Instant, appIdSchema } from '@reveille/contracts/ids';
import { type VendorName, vendorNameSchema } from '@reveille/contracts/push/vendor';
import { CallbackLoad } from './callback-load.js';
import type { recordReceipts } from '../../handlers/record-receipts.js';

export const RECEIPT_DOOR = Symbol('receipt door');

export interface ReceiptDoor {
  /** Null while the worker is not ready. */
  readonly record: () => ReturnType<typeof recordReceipts> | null;
  readonly isSecretOf: (app: string, vendor: VendorName, secret: string) => boolean;
  readonly now: () => Instant;
}

interface Request extends AsyncIterable<Uint8Array> {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}
interface Answer {
  status(code: number): Answer;
  type(contentType: string): Answer;
  send(body: string): void;
}

/** A batch of a thousand receipts is some 300 KB. */
const mostBytes = 1024 * 1024;
/** A vendor gives up after a few seconds; it says again what was not answered. */
const withinMs = 4_500;

/** Where vendors say what became of pushes: `POST /receipts/<app>/<vendor>/<secret>`. */
@Controller('receipts')
export class ReceiptController {
  readonly #lines = new Map<string, CallbackLoad>();

  constructor(@Inject(RECEIPT_DOOR) private readonly door: ReceiptDoor) {}

  @Post(':app/:vendor/:secret')
  async receive(
    @Param() named: { readonly app: string; readonly vendor: string; readonly secret: string },
    @Query() query: Readonly<Record<string, unknown>>,
    @Req() request: Request,
    @Res() answer: Answer,
  ): Promise<void> {
    const app = appIdSchema.safeParse(named.app).data;
    const vendor = vendorNameSchema.safeParse(named.vendor).data;
    // Looked at before anything of the body is: who does not know the address costs one digest.
    if (app === undefined || vendor === undefined || !this.door.isSecretOf(app, vendor, named.secret))
      throw new RefusedError('forbidden', 'there is no such address');
    const record = this.door.record();
    if (record === null) throw new UnavailableError('callbacks are not taken yet');
    const receivedAt = this.door.now();
    const end = this.#loadOf(`${app}/${vendor}`).begin(receivedAt);
    const work = (async () => {
      const body = await within(bodyOf(request));
      const callback = { headers: single(request.headers), query: single(query), body };
      return record({ app, vendor, request: callback, receivedAt });
    })();
    // What the vendor has no patience for still goes on, and still counts.
    work.then(end, end);
    const reply = await within(work);
    if (reply === null) throw new RefusedError('forbidden', 'there is no such address');
    answer.status(reply.status).type(reply.contentType).send(reply.body);
  }

  /** Of addresses that somebody knows: there are as many as apps and vendors. */
  #loadOf(line: string): CallbackLoad {
    const known = this.#lines.get(line) ?? new CallbackLoad();
    this.#lines.set(line, known);
    return known;
  }
}

async function bodyOf(request: Request): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes > mostBytes)
      throw new RefusedError('message-too-large', `a callback holds at most ${mostBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function single(fields: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

async function within<T>(work: Promise<T>): Promise<T> {
  const limit = Promise.withResolvers<never>();
  const timer = setTimeout(() => limit.reject(new TimeoutError('the callback takes too long')), withinMs);
  try {
    return await Promise.race([work, limit.promise]);
  } finally {
    clearTimeout(timer);
  }
}
