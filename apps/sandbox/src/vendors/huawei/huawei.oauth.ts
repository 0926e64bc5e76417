import { createHash } from 'node:crypto';
import type { RandomSource } from '../../random-source.js';
import type { Answer } from '../../wire/exchange.js';
import { pageAnswer } from './huawei.codes.js';
import type { HuaweiApps } from './huawei.apps.js';
import type { HuaweiSwitches } from './huawei.switches.js';

export const tokenPath = '/oauth2/v3/token';
const clientIdForm = /^[0-9]{1,64}$/;
const secretForm = /^[\x21-\x7e]{1,256}$/;
const windowMs = 300_000;
const unavailable = 503;
const badRequest = 400;

const descriptions = {
  '12304': 'the client secret is wrong',
  '20002': 'illegal client_id',
  '20003': 'the client_id does not exist',
  '20171': 'the client secret is empty',
  '20172': 'illegal client secret',
  '20182': 'illegal grant_type',
} as const;
type SubError = keyof typeof descriptions;

export function isSubError(text: string): text is SubError {
  return Object.hasOwn(descriptions, text);
}

export interface HuaweiGrant {
  readonly answer: Answer;
  /** The sub error or the HTTP status; null when a token was given. */
  readonly reason: string | null;
}

/** What an access token is worth at a moment. */
export type HuaweiBearer =
  | { readonly kind: 'good'; readonly appId: string }
  | { readonly kind: 'expired' | 'unknown' };

/** Huawei's account server, as far as push providers need it: client credentials for access tokens. */
export class HuaweiOauth {
  readonly #tokens = new Map<string, { readonly appId: string; readonly expiresAt: number }>();
  readonly #granted = new Map<string, number[]>();

  constructor(
    private readonly apps: HuaweiApps,
    private readonly switches: HuaweiSwitches,
    private readonly random: RandomSource,
    private readonly granted: (account: string, token: string) => void,
  ) {}

  grant(body: string, contentType: string, now: number): HuaweiGrant {
    const isForm = contentType.toLowerCase().startsWith('application/x-www-form-urlencoded');
    const form = new URLSearchParams(isForm ? body : '');
    const id = form.get('client_id') ?? '';
    const fault = this.#faultOf(form.get('grant_type'), id, form.get('client_secret') ?? '');
    if (fault !== null) return refuseGrant(fault);
    if (this.#isAboveRate(id, now))
      return { answer: pageAnswer(unavailable, null), reason: String(unavailable) };
    const token = `${this.random.base64url(60)}/${this.random.base64url(30)}`;
    this.granted(id, token);
    const seconds = this.switches.accessTokenSeconds;
    this.#tokens.set(token, { appId: id, expiresAt: now + seconds * 1_000 });
    const answer = jsonAnswer(200, { access_token: token, expires_in: seconds, token_type: 'Bearer' });
    return { answer, reason: null };
  }

  find(token: string, now: number): HuaweiBearer {
    const found = this.#tokens.get(token);
    if (found === undefined) return { kind: 'unknown' };
    return found.expiresAt <= now ? { kind: 'expired' } : { kind: 'good', appId: found.appId };
  }

  #faultOf(grantType: string | null, id: string, secret: string): SubError | null {
    if (grantType !== 'client_credentials') return '20182';
    if (!clientIdForm.test(id)) return '20002';
    const app = this.apps.find(id);
    if (app === null) return '20003';
    if (secret === '') return '20171';
    if (!secretForm.test(secret)) return '20172';
    return digestOf(secret) === app.secretDigest ? null : '12304';
  }

  #isAboveRate(id: string, now: number): boolean {
    const most = this.switches.tokensPerFiveMinutes;
    const recent = (this.#granted.get(id) ?? []).filter((at) => at > now - windowMs);
    this.#granted.set(id, recent);
    if (most > 0 && recent.length >= most) return true;
    recent.push(now);
    return false;
  }
}

/** Numbers, unlike the texts of RFC 6749. */
export function refuseGrant(subError: SubError): HuaweiGrant {
  const answer = jsonAnswer(badRequest, {
    error: 1101,
    sub_error: Number(subError),
    error_description: descriptions[subError],
  });
  return { answer, reason: subError };
}

export function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Huawei writes a slash as `\/`. */
function jsonAnswer(status: number, value: object): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(value).replaceAll('/', '\\/'),
  };
}
