import { constants, verify } from 'node:crypto';
import type { HarmonyCode } from './harmony.codes.js';
import { parseObject, type Json } from '../read-json.js';
import type { HarmonyProjectRegistration, HarmonyProjects } from './harmony.projects.js';

const documentedAudience = 'https://oauth-login.cloud.huawei.com/oauth2/v3/token';
const daySeconds = 86_400;
/** The digest's length. */
const saltLength = 32;

/** The project that the caller may push to, or what is wrong with its JWT. */
export type HarmonyCaller = { readonly project: HarmonyProjectRegistration } | { readonly code: HarmonyCode };

/**
 * Reads the authorization header: a service account's JWT and nothing else. An access token, as v1 takes it, is a wrong one.
 * @param project the one in the path; null: there is none of that name
 */
export function checkBearer(
  projects: HarmonyProjects,
  header: string | undefined,
  project: HarmonyProjectRegistration | null,
  now: number,
): HarmonyCaller {
  const [head = '', body = '', signature = '', ...rest] =
    /^Bearer +(\S+)$/.exec(header ?? '')?.[1]?.split('.') ?? [];
  const [fields, claims] = [partOf(head), partOf(body)];
  if (fields?.['alg'] !== 'PS256' || claims === null || rest.length > 0) return { code: '80200001' };
  const signer = projects.findKey(String(fields['kid']));
  if (signer === null || claims['iss'] !== signer.subAccount) return { code: '80200001' };
  if (claims['aud'] !== documentedAudience) return { code: '80200001' };
  const options = { key: signer.key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
  if (!verify('sha256', Buffer.from(`${head}.${body}`), options, Buffer.from(signature, 'base64url')))
    return { code: '80200001' };
  const [iat, exp] = [claims['iat'], claims['exp']];
  if (typeof iat !== 'number' || typeof exp !== 'number') return { code: '80200001' };
  if (exp - iat > daySeconds) return { code: '80300036' };
  if (exp * 1_000 <= now) return { code: '80200005' };
  if (project === null || project.projectId !== signer.projectId || !project.isPushOn)
    return { code: '80300002' };
  return project.isUnderPenalty ? { code: '80300037' } : { project };
}

const partOf = (part: string): Json | null => parseObject(Buffer.from(part, 'base64url').toString('utf8'));
