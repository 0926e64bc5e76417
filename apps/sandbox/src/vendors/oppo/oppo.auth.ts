import { createHash, timingSafeEqual } from 'node:crypto';
import type { RandomSource } from '../../random-source.js';
import type { Exchange } from '../../wire/exchange.js';
import type { CallResult } from '../call-answerer.js';
import type { OppoApp, OppoApps } from './oppo.apps.js';
import { oppoAnswer, type OppoRefusal, refusal, refusalAnswer } from './oppo.codes.js';
import type { OppoSwitches } from './oppo.switches.js';

export const authPath = '/server/v1/auth';
const clockToleranceMs = 600_000;

interface AuthToken {
  readonly appKey: string;
  readonly expiresAt: number;
}

/** OPPO's authentication (document 11234). A new token leaves the earlier ones alive. */
export class OppoAuth {
  readonly #tokens = new Map<string, AuthToken>();

  constructor(
    private readonly apps: OppoApps,
    private readonly switches: OppoSwitches,
    private readonly random: RandomSource,
    private readonly granted: (account: string, token: string) => void,
  ) {}

  grant(form: URLSearchParams, now: number): CallResult {
    const refused = this.#check(form, now);
    if (refused !== null) return { answer: refusalAnswer(refused), reason: String(refused.code) };
    const token = this.random.uuid();
    for (const [old, { expiresAt }] of this.#tokens) if (expiresAt <= now) this.#tokens.delete(old);
    const appKey = form.get('app_key') ?? '';
    this.granted(appKey, token);
    this.#tokens.set(token, {
      appKey,
      expiresAt: now + this.switches.authTokenSeconds * 1_000,
    });
    const data = { auth_token: token, create_time: now };
    return {
      answer: oppoAnswer(0, 'success', this.switches.authDataIsText ? JSON.stringify(data) : data),
      reason: null,
    };
  }

  /** The app whose token the request carries, as a field or as a header. */
  appOf(token: string | null, now: number): OppoApp | OppoRefusal {
    if (token === null || token === '') return refusal('29');
    const found = this.#tokens.get(token);
    const app = found === undefined || found.expiresAt <= now ? null : this.apps.find(found.appKey);
    if (app === null) return refusal('11');
    return stateRefusal(app) ?? app;
  }

  #check(form: URLSearchParams, now: number): OppoRefusal | null {
    const appKey = form.get('app_key') ?? '';
    const sign = form.get('sign') ?? '';
    const timestamp = form.get('timestamp') ?? '';
    if (appKey === '') return refusal('15');
    const app = this.apps.find(appKey);
    if (app === null) return refusal('14');
    if (sign === '') return refusal('17');
    if (timestamp === '') return refusal('18');
    if (!/^\d{13}$/.test(timestamp) || Math.abs(now - Number(timestamp)) > clockToleranceMs)
      return refusal('19');
    if (!isSign(sign, appKey + timestamp + app.masterSecret)) return refusal('16');
    return stateRefusal(app);
  }
}

function stateRefusal(app: OppoApp): OppoRefusal | null {
  if (app.isAddressBlocked) return refusal('26');
  if (!app.isEnabled) return refusal('28');
  return app.mayPush ? null : refusal('30');
}

function isSign(sign: string, signed: string): boolean {
  const expected = Buffer.from(createHash('sha256').update(signed).digest('hex'));
  const given = Buffer.from(sign);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** The form of a request, or why it is none. */
export function readForm({ headers, body }: Exchange): URLSearchParams | OppoRefusal {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').split(';').map((part) => part.trim());
  if (type.toLowerCase() !== 'application/x-www-form-urlencoded') return refusal('40', 'Content-Type');
  const charset = parameters.find((parameter) => /^charset=/i.test(parameter))?.slice('charset='.length);
  if (charset !== undefined && !/^"?utf-?8"?$/i.test(charset)) return refusal('25');
  return new URLSearchParams(body.toString('utf8'));
}
