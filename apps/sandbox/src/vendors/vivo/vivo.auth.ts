import { createHash } from 'node:crypto';
import type { RandomSource } from '../../random-source.js';
import type { CallResult } from '../call-answerer.js';
import type { VivoApp, VivoApps } from './vivo.apps.js';
import { refuse, refused, vivoAnswer, type VivoRefusal } from './vivo.codes.js';
import type { Json } from '../read-json.js';
import { numberIn, textIn } from './vivo.json.js';
import type { VivoSwitches } from './vivo.switches.js';

export const authPath = '/message/auth';
const clockToleranceMs = 600_000;

interface AuthToken {
  readonly appId: number;
  readonly expiresAt: number;
}

/** `/message/auth`. Several tokens of an app live side by side. */
export class VivoAuth {
  readonly #tokens = new Map<string, AuthToken>();
  readonly #seconds = new Map<number, { second: number; count: number }>();

  constructor(
    private readonly apps: VivoApps,
    private readonly switches: VivoSwitches,
    private readonly random: RandomSource,
    private readonly granted: (account: string, token: string) => void,
  ) {}

  grant(body: Json, now: number): CallResult {
    const app = this.#check(body, now);
    if ('code' in app) return refused(app);
    if (this.#isTooOften(app.appId, now)) return refused(refuse(10_093));
    for (const [old, { expiresAt }] of this.#tokens) if (expiresAt <= now) this.#tokens.delete(old);
    const authToken = this.random.uuid();
    this.granted(String(app.appId), authToken);
    this.#tokens.set(authToken, {
      appId: app.appId,
      expiresAt: now + this.switches.authTokenSeconds * 1_000,
    });
    return { answer: vivoAnswer(0, 'success', { authToken }), reason: null };
  }

  /** The app that a token belongs to. */
  appOf(token: string | undefined, now: number): VivoApp | VivoRefusal {
    const found = this.#tokens.get(token ?? '');
    const app = found === undefined || found.expiresAt <= now ? null : this.apps.find(found.appId);
    return app ?? refuse(10_000);
  }

  #check(body: Json, now: number): VivoApp | VivoRefusal {
    const appId = numberIn(body, 'appId');
    const appKey = textIn(body, 'appKey');
    const timestamp = numberIn(body, 'timestamp');
    const sign = textIn(body, 'sign');
    if (appId === null) return refuse(10_200);
    if (appKey === null) return refuse(10_201);
    if (timestamp === null) return refuse(10_203);
    if (sign === null) return refuse(10_204);
    const app = this.apps.find(appId);
    if (app === null) return refuse(10_205);
    if (appKey.trim() !== app.appKey) return refuse(10_202);
    if (Math.abs(now - timestamp) > clockToleranceMs) return refuse(10_207);
    const signed = `${app.appId}${app.appKey}${timestamp}${app.appSecret}`;
    return sign === createHash('md5').update(signed).digest('hex') ? app : refuse(10_206);
  }

  #isTooOften(appId: number, now: number): boolean {
    const { authPerSecond } = this.switches;
    const second = Math.floor(now / 1_000);
    const known = this.#seconds.get(appId);
    const counter = known?.second === second ? known : { second, count: 0 };
    counter.count++;
    this.#seconds.set(appId, counter);
    return authPerSecond !== 0 && counter.count > authPerSecond;
  }
}
