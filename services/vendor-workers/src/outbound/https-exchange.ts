import type { Dispatcher, errors } from 'undici';
import type { VendorAnswer, VendorRequest } from '../vendor.js';

/** No vendor's answer is longer; what is, is nobody's answer. */
const longestAnswerBytes = 4 * 1024 * 1024;
const timeouts: ReadonlySet<string> = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/** One request and what becomes of it. */
export class HttpsExchange implements Dispatcher.DispatchHandler {
  #isStarted = false;
  #status = 0;
  #headers: Record<string, string> = {};
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #settle: (answer: VendorAnswer) => void = () => undefined;

  constructor(private readonly request: VendorRequest) {}

  over(dispatcher: Dispatcher): Promise<VendorAnswer> {
    const { path, method, headers, body } = this.request;
    return new Promise((resolve) => {
      this.#settle = resolve;
      dispatcher.dispatch(
        { path, method, headers: { ...headers }, body: method === 'GET' ? null : body, reset: false },
        this,
      );
    });
  }

  /** The request is about to be written to a connection: from here on it may arrive. */
  onRequestStart(): void {
    this.#isStarted = true;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#status = status;
    for (const [name, value] of Object.entries(headers))
      if (value !== undefined) this.#headers[name] = Array.isArray(value) ? value.join(', ') : value;
    if (Number(this.#headers['content-length'] ?? 0) > longestAnswerBytes)
      controller.abort(new Error('the answer is too long'));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > longestAnswerBytes) controller.abort(new Error('the answer is too long'));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const body = Buffer.concat(this.#chunks);
    this.#settle({ kind: 'answered', status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const { code = '' } = error as Partial<errors.UndiciError>;
    const cause = code === '' ? error.name : code;
    if (!this.#isStarted) this.#settle({ kind: 'not-sent', because: 'unreachable', cause });
    else if (timeouts.has(code)) this.#settle({ kind: 'unknown', because: 'timeout', cause });
    else this.#settle({ kind: 'unknown', because: 'cut', cause });
  }
}
