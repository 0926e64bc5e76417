import type { Accounts } from '../accounts.js';
import type { EventHub } from '../event-hub.js';
import type { Phone, PhoneDescription, Phones, VendorToken } from '../phones.js';
import type { SandboxClock } from '../sandbox-clock.js';
import type { VendorSet } from '../vendor-set.js';
import { badRequest, Body, ControlError } from './body.js';
import { handled, type ControlRequest, type ControlRoute } from './control-server.js';

const phonesPerBatch = 200_000;
const keepAliveMs = 15_000;
/** A listener that does not read is let go: its events must not fill our memory. */
const unreadCeilingBytes = 8 * 1024 * 1024;

/** `/phones…`, `/tokens…` and `/events`. */
export function phoneRoutes(
  phones: Phones,
  accounts: Accounts,
  vendors: VendorSet,
  events: EventHub,
  clock: SandboxClock,
): ControlRoute[] {
  const nameOf = new Map<string, string>(vendors.vendors.map(({ name, phoneName }) => [name, phoneName]));
  const describePhone = (phone: Phone): unknown => ({
    ...phoneFields(phone),
    name: nameOf.get(phone.vendor) ?? phone.vendor,
  });
  const readDescription = (body: Body): PhoneDescription => readPhone(body, accounts, vendors);
  const phoneOf = ({ params }: ControlRequest): Phone => {
    const phone = phones.get(params[0] ?? '');
    if (phone === null) throw new ControlError(404, `there is no phone ${params[0] ?? ''}`);
    return phone;
  };
  const tokenOf = ({ params }: ControlRequest): VendorToken => {
    const record = phones.findToken(params[0] ?? '');
    if (record === null) throw new ControlError(404, 'no vendor gave out this token');
    return record;
  };
  return [
    {
      method: 'POST',
      path: '/phones',
      handle: ({ body }) => describePhone(phones.register(readDescription(body))),
    },
    {
      method: 'POST',
      path: '/phones/batch',
      handle: ({ body }) => registerBatch(phones, body, readDescription(body)),
    },
    { method: 'GET', path: '/phones', handle: () => ({ phones: phones.list().map(describePhone) }) },
    { method: 'GET', path: '/phones/:id', handle: (request) => describePhone(phoneOf(request)) },
    {
      method: 'POST',
      path: '/phones/:id/token',
      handle: (request) => {
        const phone = phoneOf(request);
        const kinds = vendors.byName.get(phone.vendor)?.phones.tokenKinds ?? [];
        const kind = request.body.oneOf('kind', kinds, kinds[0] ?? null);
        return { phoneId: phone.phoneId, kind, token: phones.issueToken(phone, kind) };
      },
    },
    {
      method: 'DELETE',
      path: '/phones/:id/app',
      handle: (request) => void phones.uninstall(phoneOf(request)),
    },
    {
      method: 'PUT',
      path: '/phones/:id/network',
      handle: (request) => void phones.setOnline(phoneOf(request), request.body.flag('online', null)),
    },
    {
      method: 'PUT',
      path: '/phones/:id/notifications',
      handle: (request) =>
        void phones.setShowsNotifications(phoneOf(request), request.body.flag('allowed', null)),
    },
    {
      method: 'POST',
      path: '/phones/:id/tap',
      handle: (request) => {
        if (!phones.tap(phoneOf(request), request.body.text('id')))
          throw new ControlError(404, 'no such notification lies on the screen');
      },
    },
    { method: 'GET', path: '/phones/:id/lock-screen', handle: (request) => describeScreen(phoneOf(request)) },
    { method: 'GET', path: '/tokens/:token', handle: (request) => describeToken(tokenOf(request)) },
    {
      method: 'PUT',
      path: '/tokens/:token',
      handle: (request) => {
        const record = tokenOf(request);
        const state = request.body.oneOf('state', ['active', 'unregistered', 'expired'] as const, null);
        phones.setTokenState(
          record,
          state,
          request.body.numberOrNull('goneAt', { min: 0, max: Number.MAX_SAFE_INTEGER }) ?? clock.now(),
        );
        return describeToken(record);
      },
    },
    { method: 'GET', path: '/events', handle: (request) => streamEvents(request, events) },
  ];
}

/** What is not said of a phone comes from the account of its app, if `app` names one. */
function readPhone(body: Body, accounts: Accounts, vendors: VendorSet): PhoneDescription {
  const name = body.oneOf('vendor', [...vendors.byName.keys()], null);
  const vendor = vendors.byName.get(name);
  if (vendor === undefined) throw badRequest(`the vendor ${name} is not open`);
  const app = body.textOrNull('app');
  const account = app === null ? null : accounts.find(name, app);
  if (app !== null && account === null) throw badRequest(`the app ${app} has no account at ${name}`);
  const whole = account === null ? body : body.over({ bundle: account.bundle, ...account.phone });
  const bundle = whole.textOrNull('bundle') ?? whole.textOrNull('package');
  if (bundle === null) throw badRequest('"bundle" (or "package", or the "app" of an account) is missing');
  return { vendor: name, bundle, details: vendor.phones.readDetails(whole) };
}

function registerBatch(phones: Phones, body: Body, description: PhoneDescription): unknown {
  const count = body.number('count', null, { min: 1, max: phonesPerBatch });
  const wantsTokens = body.flag('tokens', true);
  return {
    phones: Array.from({ length: count }, () => {
      const phone = phones.register(description);
      return { phoneId: phone.phoneId, token: wantsTokens ? phones.issueToken(phone, 'alert') : null };
    }),
  };
}

function phoneFields(phone: Phone): object {
  const { phoneId, vendor, bundle, details, online, isInstalled, showsNotifications, createdAt } = phone;
  return {
    ...details,
    phoneId,
    vendor,
    bundle,
    online,
    isInstalled,
    showsNotifications,
    createdAt,
    tokens: Object.fromEntries(phone.tokens),
    shown: phone.screen.notifications.length,
    stored: phone.storage.count,
  };
}

function describeScreen({ phoneId, online, screen, storage }: Phone): unknown {
  const { notifications, data, calls, badge, shownTotal } = screen;
  return {
    phoneId,
    online,
    badge,
    shownTotal,
    stored: storage.count,
    notifications: notifications.map(({ receipt: _receipt, ...shown }) => withData(shown)),
    data: data.map(withData),
    calls: calls.map(withData),
  };
}

function withData(line: { readonly data: string }): unknown {
  return { ...line, data: JSON.parse(line.data) as unknown };
}

function describeToken({ token, kind, phone, issuedAt, state, goneAt }: VendorToken): unknown {
  return { token, kind, phoneId: phone.phoneId, vendor: phone.vendor, issuedAt, state, goneAt };
}

/** Server-sent events; `?phone=` narrows them to one phone. */
function streamEvents({ query, response }: ControlRequest, events: EventHub): typeof handled {
  const only = query.get('phone');
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(': listening\n\n');
  const stop = events.subscribe((event) => {
    if (only !== null && event.phoneId !== only) return;
    if (response.writableLength > unreadCeilingBytes) return response.destroy();
    const { type, at, phoneId, detail } = event;
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, at, phoneId, ...detail })}\n\n`);
  });
  const pulse = setInterval(() => response.write(': still here\n\n'), keepAliveMs);
  response.on('close', () => {
    clearInterval(pulse);
    stop();
  });
  return handled;
}
