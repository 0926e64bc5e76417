import type { DeviceProofRequest, RegisterPushResponse } from '@reveille/contracts/http/register-device';
import type { Problem } from '@reveille/contracts/http/problem';
import { ZIMError } from './zim-error.js';

/** The gateway's HTTP side, at the same place as its WebSocket. */
export class HttpApi {
  readonly #base: string;

  constructor(webSocketUrl: string) {
    const url = new URL(webSocketUrl);
    const scheme = url.protocol === 'wss:' ? 'https:' : 'http:';
    this.#base = `${scheme}//${url.host}${url.pathname.replace(/\/(ws)?$/, '')}`;
  }

  registerPush(token: string, deviceId: string, body: object): Promise<RegisterPushResponse> {
    return this.#call('PUT', `/v1/devices/${deviceId}/push`, token, body);
  }
  unregisterPush(
    token: string,
    deviceId: string,
    proof: Pick<DeviceProofRequest, 'deviceSecret'>,
  ): Promise<unknown> {
    return this.#call('DELETE', `/v1/devices/${deviceId}/push`, token, proof);
  }
  /** With the device's secret for whoever was logged in on it. */
  unbind(
    token: string,
    deviceId: string,
    proof: Pick<DeviceProofRequest, 'deviceSecret' | 'user'>,
  ): Promise<unknown> {
    return this.#call('DELETE', `/v1/devices/${deviceId}/binding`, token, proof);
  }

  async #call<T>(method: string, path: string, token: string, body: object): Promise<T> {
    let response: Response;
    try {
      response = await fetch(`${this.#base}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    } catch (cause) {
      throw new ZIMError('network', `${this.#base} cannot be reached`, null, { cause });
    }
    const answer = await readJson(response);
    if (response.ok) return answer as T;
    throw errorOf(response, answer as Partial<Problem> | null);
  }
}

/** Something between us and the gateway may answer in its place: null for what is no JSON. */
async function readJson(response: Response): Promise<unknown> {
  try {
    return (await response.json()) as unknown;
  } catch {
    return null;
  }
}

function errorOf({ status }: Response, problem: Partial<Problem> | null): ZIMError {
  if (problem?.code === undefined) return new ZIMError('unavailable', `the server answered ${status}`);
  const { code, detail, title, retryAfterMs } = problem;
  return new ZIMError(code, detail ?? title ?? code, retryAfterMs ?? null);
}
