import type { Problem } from '@reveille/contracts/http/problem';
import { UsageError } from '../usage-error.js';

/** Asks the gateway over HTTP as an app's server or client would. @throws UsageError with the gateway's own words. */
export class GatewayClient {
  constructor(
    private readonly url: string,
    private readonly bearer: string,
  ) {}

  async call<T>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T> {
    const response = await this.reach(method, path, body);
    const text = await response.text();
    if (response.ok) return JSON.parse(text) as T;
    throw new UsageError(complaint(response.status, text));
  }

  private async reach(method: string, path: string, body: unknown): Promise<Response> {
    try {
      return await fetch(`${this.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${this.bearer}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      throw new UsageError(`nobody answers at ${this.url}: is "./reveille up" still running?`, { cause });
    }
  }
}

function complaint(status: number, text: string): string {
  try {
    const problem = JSON.parse(text) as Problem;
    return `${problem.code}: ${problem.detail ?? problem.title}`;
  } catch {
    return `the gateway answered ${status}: ${text.slice(0, 200)}`;
  }
}
