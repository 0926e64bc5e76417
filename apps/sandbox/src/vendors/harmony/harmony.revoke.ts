import type { Exchange } from '../../wire/exchange.js';
import { makeCallAnswerer, type CallResult } from '../call-answerer.js';
import type { VendorDesk } from '../vendor-desk.js';
import { OrderedStorage } from '../ordered-storage.js';
import { checkBearer } from './harmony.bearer.js';
import { answerWithCode, type HarmonyCode } from './harmony.codes.js';
import type { HarmonyProjects } from './harmony.projects.js';
import { pushTypes } from './harmony.validate.js';

const mostTokens = 1_000;
const longestBodyBytes = 4_096;
const revocable: readonly (string | undefined)[] = [pushTypes.alert, pushTypes.voice];

interface Revocation {
  readonly notifyId: number;
  readonly tokens: readonly string[];
}

/**
 * Answers `/v1/<client>/messages:revoke`, which stayed with v1: takes back what is not delivered yet, or lies on the screen
 * untouched.
 */
export function answerRevocations(
  desk: VendorDesk,
  projects: HarmonyProjects,
): (exchange: Exchange, clientId: string) => void {
  const answerCall = makeCallAnswerer(desk);
  return (exchange, clientId) => {
    const text = exchange.body.toString('utf8');
    const { authorization, 'push-type': pushType } = exchange.headers;
    const read = revocable.includes(pushType) ? readRevocation(text) : '80100001';
    const revocation = typeof read === 'string' ? null : read;
    const process = (): CallResult => {
      const now = desk.clock.now();
      const caller = checkBearer(projects, authorization, projects.findClient(clientId), now);
      if ('code' in caller) return say(caller.code);
      if (typeof read === 'string') return say(read);
      for (const token of read.tokens) revoke(desk, caller.project.projectId, token, String(read.notifyId));
      return say('80000000');
    };
    const say = (code: HarmonyCode): CallResult => ({
      answer: answerWithCode(code, `revoke-${desk.random.hex(8)}`),
      reason: code === '80000000' ? null : code,
    });
    answerCall(exchange, {
      vendor: 'harmony',
      environment: null,
      topic: clientId,
      pushType: 'revoke',
      targets: (revocation?.tokens ?? []).map((token) => ({
        token,
        collapseId: null,
        tag: String(revocation?.notifyId),
      })),
      payload: null,
      process,
      planned: ({ reason }) => say(reason as HarmonyCode),
    });
  };
}

function revoke(desk: VendorDesk, projectId: string, token: string, tag: string): void {
  const phone = desk.phones.findToken(token)?.phone;
  if (phone === undefined || phone.vendor !== 'harmony' || phone.details['projectId'] !== projectId) return;
  if (phone.storage instanceof OrderedStorage) phone.storage.revoke(tag);
  phone.screen.notifications = phone.screen.notifications.filter((shown) => shown.tag !== tag);
}

function readRevocation(text: string): Revocation | HarmonyCode {
  try {
    const { notifyId, token } = JSON.parse(text) as { notifyId?: unknown; token?: unknown };
    if (!Number.isInteger(notifyId)) return '80100001';
    if (!Array.isArray(token) || !token.every((each) => typeof each === 'string')) return '80100003';
    if (token.length === 0 || token.length > mostTokens) return '80300010';
    if (Buffer.byteLength(text) - Buffer.byteLength(JSON.stringify(token)) > longestBodyBytes)
      return '80300008';
    return { notifyId: notifyId as number, tokens: token };
  } catch {
    return '80100003';
  }
}
