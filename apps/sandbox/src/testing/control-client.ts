/** Speaks to the control door; an answer that is not a success is thrown with its text. */
export class ControlClient {
  constructor(private readonly base: string) {}

  get<T>(path: string): Promise<T> {
    return this.#call<T>('GET', path, undefined);
  }

  put<T>(path: string, body: unknown): Promise<T> {
    return this.#call<T>('PUT', path, body);
  }

  post<T>(path: string, body?: unknown): Promise<T> {
    return this.#call<T>('POST', path, body ?? {});
  }

  delete<T>(path: string): Promise<T> {
    return this.#call<T>('DELETE', path, undefined);
  }

  async #call<T>(method: string, path: string, body: unknown): Promise<T> {
    const response = await fetch(`${this.base}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}
