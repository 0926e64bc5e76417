import type { Exchange } from '../../wire/exchange.js';
import { makeCallAnswerer, type CallResult } from '../call-answerer.js';
import type { VendorDesk } from '../vendor-desk.js';
import { OrderedStorage } from '../ordered-storage.js';
import { answerWithCode, type HuaweiCode } from './huawei.codes.js';
import type { HuaweiDesk } from './huawei.desk.js';

const mostTokens = 1_000;
const longestBodyBytes = 4_096;

interface Revocation {
  readonly notifyId: number;
  readonly tokens: readonly string[];
}

/** Answers `/v1/<client>/messages:revoke`: takes back what is not delivered yet, or lies on the screen untouched. */
export function answerRevocations(
  desk: VendorDesk,
  sends: HuaweiDesk,
): (exchange: Exchange, appId: string) => void {
  const answerCall = makeCallAnswerer(desk);
  return (exchange, appId) => {
    const text = exchange.body.toString('utf8');
    const read = readRevocation(text);
    const revocation = typeof read === 'string' ? null : read;
    answerCall(exchange, {
      vendor: 'huawei',
      environment: null,
      topic: appId,
      pushType: 'revoke',
      targets: (revocation?.tokens ?? []).map((token) => ({
        token,
        collapseId: null,
        tag: String(revocation?.notifyId),
      })),
      payload: null,
      process: () => {
        const checked = sends.check(exchange, { api: 'v1', id: appId }, desk.clock.now());
        if ('code' in checked) return say(checked.code);
        if (typeof read === 'string') return say(read);
        for (const token of read.tokens) revoke(desk, appId, token, String(read.notifyId));
        return say('80000000');
      },
      planned: ({ reason }) => say(reason as HuaweiCode),
    });
    function say(code: HuaweiCode): CallResult {
      const answer = answerWithCode(code, `revoke-${desk.random.hex(8)}`);
      return { answer, reason: code === '80000000' ? null : code };
    }
  };
}

function revoke(desk: VendorDesk, appId: string, token: string, tag: string): void {
  const phone = desk.phones.findToken(token)?.phone;
  if (phone === undefined || phone.vendor !== 'huawei' || phone.details['appId'] !== appId) return;
  if (phone.storage instanceof OrderedStorage) phone.storage.revoke(tag);
  phone.screen.notifications = phone.screen.notifications.filter((shown) => shown.tag !== tag);
}

function readRevocation(text: string): Revocation | HuaweiCode {
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
