import type { Exchange } from '../../wire/exchange.js';
import type { CallResult, VendorCall } from '../call-answerer.js';
import { appNameOf, type XiaomiApp } from './xiaomi.apps.js';
import { idsOf, readForm } from './xiaomi.form.js';
import { admit, plainCall, refusal, success, type XiaomiSurroundings } from './xiaomi.send.js';

/** 2026-12-01 00:00 in Beijing: from then on the older revoke paths are gone. */
const olderRevokesEndAt = Date.UTC(2026, 10, 30, 16);
const messagesKept = 10_000;

interface Sent {
  readonly app: XiaomiApp;
  readonly tokens: readonly string[];
}

/** What was sent, for revocations and questions about messages. */
export class XiaomiMessages {
  readonly #sent = new Map<string, Sent>();

  remember(id: string, app: XiaomiApp, tokens: readonly string[]): void {
    this.#sent.set(id, { app, tokens });
    const [oldest] = this.#sent.keys();
    if (this.#sent.size > messagesKept && oldest !== undefined) this.#sent.delete(oldest);
  }

  find(id: string | null, app: XiaomiApp): Sent | null {
    const sent = this.#sent.get(id ?? '');
    return sent !== undefined && appNameOf(sent.app) === appNameOf(app) ? sent : null;
  }
}

/**
 * `…/message/regid/revoke` and its like: takes a message off the phones that show it, or that it waits for. By notify id, package
 * and registration ids, as Xiaomi's own server SDK asks, or by the id that Xiaomi gave the message.
 */
export function revokeCall(
  at: XiaomiSurroundings,
  messages: XiaomiMessages,
  exchange: Exchange,
  isOlderPath: boolean,
): VendorCall {
  const text = exchange.body.toString('utf8');
  const form = readForm(exchange.headers['content-type'], text);
  const tokens = idsOf(form?.get('registration_ids') ?? null);
  const tag = form?.get('notify_id') ?? null;
  return {
    ...plainCall(
      at,
      () => {
        if (isOlderPath && at.desk.clock.now() >= olderRevokesEndAt) return refusal(at, 10020);
        const app = admit(at, exchange, form);
        if (typeof app === 'number') return refusal(at, app);
        const id = form?.get('msg_id') ?? null;
        return id === null ? revokeShown(at, app, form, tokens) : revokeMessage(at, messages, app, id);
      },
      text,
    ),
    pushType: 'revoke',
    targets: tokens.slice(0, mostIds).map((token) => ({ token, collapseId: null, tag })),
  };
}

const mostIds = 1_000;

function revokeMessage(
  at: XiaomiSurroundings,
  messages: XiaomiMessages,
  app: XiaomiApp,
  id: string,
): CallResult {
  const sent = messages.find(id, app);
  if (sent === null) return refusal(at, 10017);
  for (const token of sent.tokens) takeBack(at, app.packages, token, ({ vendorId }) => vendorId === id);
  return success(at, { id });
}

function revokeShown(
  at: XiaomiSurroundings,
  app: XiaomiApp,
  form: URLSearchParams | null,
  tokens: readonly string[],
): CallResult {
  const notifyId = form?.get('notify_id') ?? '';
  const packageName = form?.get('restricted_package_name') ?? '';
  if (packageName === '' || tokens.length === 0) return refusal(at, 10016);
  if (!/^\d{1,10}$/.test(notifyId) || tokens.length > mostIds) return refusal(at, 10017);
  if (!app.packages.includes(packageName)) return refusal(at, 22022);
  for (const token of tokens) takeBack(at, [packageName], token, ({ tag }) => tag === notifyId);
  return success(at, {});
}

interface Shown {
  readonly vendorId: string | null;
  readonly tag: string | null;
}

function takeBack(
  { desk }: XiaomiSurroundings,
  packages: readonly string[],
  token: string,
  isMeant: (shown: Shown) => boolean,
): void {
  const phone = desk.phones.findToken(token)?.phone;
  if (phone === undefined || phone.vendor !== 'xiaomi' || !packages.includes(phone.bundle)) return;
  phone.screen.notifications = phone.screen.notifications.filter(
    ({ id, tag }) => !isMeant({ vendorId: id, tag }),
  );
  for (const push of phone.storage.takeAll().pushes) if (!isMeant(push)) phone.storage.store(push);
}

/** Questions: the fate of a message, the day's quota, which registration ids live. */
export function queryCall(
  at: XiaomiSurroundings,
  messages: XiaomiMessages,
  exchange: Exchange,
  path: string,
): VendorCall {
  const question = new URL(exchange.path, 'https://xiaomi').searchParams;
  for (const [name, value] of readForm(exchange.headers['content-type'], exchange.body.toString('utf8')) ??
    [])
    question.append(name, value);
  return plainCall(
    at,
    () => {
      const app = at.apps.find(exchange.headers['authorization']);
      if (app === null) return refusal(at, 21301);
      if (path === '/v1/validation/regids') return validate(at, app, idsOf(question.get('registration_id')));
      if (path === '/v1/trace/quota/get') return quota(at, app);
      const id = question.get('msg_id');
      const sent = messages.find(id, app);
      return sent === null ? refusal(at, 10017) : success(at, { id, data: statusOf(at, id ?? '', sent) });
    },
    null,
  );
}

function validate(at: XiaomiSurroundings, app: XiaomiApp, ids: readonly string[]): CallResult {
  const isLive = (id: string): boolean => {
    const record = at.desk.phones.findToken(id);
    return record?.state === 'active' && app.packages.includes(record.phone.bundle);
  };
  return success(at, { valid_regids: ids.filter(isLive), invalid_regids: ids.filter((id) => !isLive(id)) });
}

function quota(at: XiaomiSurroundings, app: XiaomiApp): CallResult {
  const now = at.desk.clock.now();
  const day =
    at.quotas.ofDay(appNameOf(app), 'public', now) ?? at.quotas.ofDay(appNameOf(app), 'default', now);
  return success(at, { day_quota: String(day?.quota ?? 0), day_acked: String(day?.acked ?? 0) });
}

function statusOf({ desk }: XiaomiSurroundings, id: string, { tokens }: Sent): object {
  const showing = tokens.filter((token) =>
    desk.phones.findToken(token)?.phone.screen.notifications.some((shown) => shown.id === id),
  );
  return { id, resolved: tokens.length, delivered: showing.length };
}
