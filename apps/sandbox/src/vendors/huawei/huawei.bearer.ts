import { constants, verify } from 'node:crypto';
import type { HuaweiAppRegistration, HuaweiApps } from './huawei.apps.js';
import type { HuaweiCode } from './huawei.codes.js';
import { parseObject, type Json } from '../read-json.js';
import type { HuaweiOauth } from './huawei.oauth.js';

const audience = 'https://oauth-login.cloud.huawei.com/oauth2/v3/token';
const daySeconds = 86_400;
/** The digest's length. */
const saltLength = 32;

export interface HuaweiRefusal {
  readonly code: HuaweiCode;
  readonly headers?: Readonly<Record<string, string>>;
}
/** The apps that the caller may push to on this path. */
export type HuaweiCaller = { readonly apps: readonly HuaweiAppRegistration[] } | HuaweiRefusal;

/** Who calls: an access token of one app, or a JWT of a project's service account. */
export class HuaweiBearers {
  constructor(
    private readonly apps: HuaweiApps,
    private readonly oauth: HuaweiOauth,
  ) {}

  /**
   * @param api `v1` has an app id in its path, `v2` a project id
   * @param isAudience for the audience of a token endpoint that was moved, as the sandbox is
   */
  check(
    header: string | undefined,
    api: 'v1' | 'v2',
    id: string,
    isAudience: (audience: string) => boolean,
    now: number,
  ): HuaweiCaller {
    const bearer = /^Bearer +(\S+)$/.exec(header ?? '')?.[1];
    if (bearer === undefined) return { code: '80200001' };
    if (bearer.split('.').length === 3) return this.#checkJwt(bearer, api, id, isAudience, now);
    const found = this.oauth.find(bearer, now);
    if (found.kind !== 'good')
      return { code: '80200003', headers: { nsp_status: found.kind === 'expired' ? '6' : '102' } };
    const app = this.apps.find(found.appId);
    if (app === null) return { code: '80300002' };
    if (api === 'v2') return app.projectId === id ? { apps: [app] } : { code: '80300002' };
    if (app.appId === id) return { apps: [app] };
    return { code: this.apps.find(id) === null ? '80300002' : '80200001' };
  }

  #checkJwt(
    jwt: string,
    api: 'v1' | 'v2',
    id: string,
    isAudience: (audience: string) => boolean,
    now: number,
  ): HuaweiCaller {
    const [head = '', body = '', signature = ''] = jwt.split('.');
    const [header, claims] = [partOf(head), partOf(body)];
    if (header?.['alg'] !== 'PS256' || claims === null) return { code: '80200001' };
    const signer = this.apps.findKey(String(header['kid']));
    if (signer === null || claims['iss'] !== signer.subAccount) return { code: '80200001' };
    const aud = claims['aud'];
    if (typeof aud !== 'string' || (aud !== audience && !isAudience(aud))) return { code: '80200001' };
    const options = { key: signer.key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
    if (!verify('sha256', Buffer.from(`${head}.${body}`), options, Buffer.from(signature, 'base64url')))
      return { code: '80200001' };
    const [iat, exp] = [claims['iat'], claims['exp']];
    if (typeof iat !== 'number' || typeof exp !== 'number') return { code: '80200001' };
    if (exp - iat > daySeconds) return { code: '80300036' };
    if (exp * 1_000 <= now) return { code: '80200005' };
    const apps = this.apps.ofProject(signer.projectId);
    if (api === 'v2') return signer.projectId === id ? { apps } : { code: '80300002' };
    const own = apps.filter(({ appId }) => appId === id);
    return own.length === 0 ? { code: '80300002' } : { apps: own };
  }
}

const partOf = (part: string): Json | null => parseObject(Buffer.from(part, 'base64url').toString('utf8'));
