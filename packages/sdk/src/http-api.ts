import type { DeviceProofRequest, RegisterPushResponse } from '@reveille/contracts/http/register-device';
import type { Problem } from '@reveille/contracts/http/problem';
import { ZIMError } from './zim-error.js';

/** The gateway's HTTP side, at the same place as its WebSocket. */
export class HttpApi {
  readonly #base: string;

  constructor(webSocketUrl: string) {
    const url = new URL(webSocketUrl);
    this.#base = `${url.protocol === 'wss:' ? 'https:' : 'http:'}//${url.host}`;
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
  unbind(token: string, deviceId: string, proof: Pick<DeviceProofRequest, 'deviceSecret'>): Promise<unknown> {
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
    const answer = (await response.json()) as T & Problem;
    if (response.ok) return answer;
    throw new ZIMError(answer.code, answer.detail ?? answer.title, answer.retryAfterMs ?? null);
  }
}
