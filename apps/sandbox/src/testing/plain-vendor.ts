import type { ReceiptTicket } from '../push.js';
import type { ReceiptForm } from '../receipts/receipt-post.js';
import type { OpenVendor, SandboxVendor, VendorSurroundings } from '../sandbox-vendor.js';
import { makeCallAnswerer, type CallResult, type TargetResult } from '../vendors/call-answerer.js';
import { LatestStorage } from '../vendors/latest-storage.js';
import type { VendorDesk } from '../vendors/vendor-desk.js';
import { HttpsDoor } from '../wire/https-door.js';

interface PlainBody {
  readonly tokens: readonly string[];
  readonly tag: string;
  readonly title: string;
  readonly callback?: string;
}

const port = 'plain';
const form: ReceiptForm = {
  encode: (items) => ({
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ receipts: items }),
  }),
  mostItems: 2,
  gatherMs: 20,
  retryAfterMs: [],
};

/** The least that a vendor can be: a batch API without credentials, and receipts. It goes by a name that the contracts have. */
export const plainVendor: SandboxVendor = {
  name: 'fcm',
  phoneName: 'Plain phone',
  ports: [port],
  otherNames: ['plain-auth'],
  hosts: ['push.example.org'],
  credentialRefusal: 'refused',
  frequencyLimits: [],
  open: openPlain,
};

function openPlain({ desk, identity, urlOf }: VendorSurroundings): OpenVendor {
  const answerCall = makeCallAnswerer(desk);
  const learned: string[] = [];
  let consoleUrl: string | null = null;
  const post = (ticket: ReceiptTicket, phoneId: string, status: string): void =>
    desk.receipts.post(
      {
        vendor: 'fcm',
        url: ticket.url,
        token: ticket.token,
        phoneId,
        status,
        item: { token: ticket.token, status },
        stranger: () => ({ token: desk.random.hex(4), status }),
      },
      form,
    );
  return {
    doors: [
      new HttpsDoor({
        port,
        identity,
        streamLimit: () => 100,
        onExchange: (exchange) => {
          const written = JSON.parse(exchange.body.toString('utf8')) as PlainBody;
          const body = consoleUrl === null ? written : { callback: consoleUrl, ...written };
          answerCall(exchange, {
            vendor: 'fcm',
            environment: null,
            topic: null,
            pushType: null,
            targets: body.tokens.map((token) => ({ token, collapseId: null, tag: body.tag })),
            payload: exchange.body.toString('utf8'),
            process: (planned) =>
              answerOf(
                body.tokens.map((token, at) => sendOne(desk, body, token, planned.get(at)?.reason ?? null)),
              ),
            planned: ({ reason }) => ({ answer: { status: 400, body: reason }, reason }),
          });
        },
      }),
    ],
    switches: { answersLate: false },
    routes: [{ method: 'GET', path: '/plain/accounts', handle: () => learned }],
    phones: {
      readDetails: (body) => ({ colour: body.textOrNull('colour') ?? 'grey' }),
      tokenKinds: ['alert'],
      issueToken: () => `plain-${desk.random.hex(8)}`,
      storageFor: () => new LatestStorage(),
    },
    accounts: {
      make: ({ bundle }) => ({
        settings: { package: bundle },
        credential: desk.random.hex(8),
        registration: {},
        phone: { colour: 'green' },
      }),
      learn: ({ app }) => void learned.push(app),
      addresses: (host) => ({ endpoint: urlOf(port, host) }),
      callBack: (_account, url) => {
        consoleUrl = url;
      },
    },
    recall: () => {},
    answers: (_name, reason) => reason.startsWith('plain-'),
    pushSettled: (phone, { receipt }, effect) => {
      if (receipt !== undefined && effect !== 'dropped') post(receipt, phone.phoneId, 'delivered');
    },
    pushTapped: (phone, { receipt }) => {
      if (receipt !== undefined) post(receipt, phone.phoneId, 'clicked');
    },
  };
}

function answerOf(results: readonly TargetResult[]): CallResult {
  const body = JSON.stringify(results.map(({ reason }) => reason));
  return { answer: { status: 200, body }, reason: null, results };
}

function sendOne(
  desk: VendorDesk,
  { tag, title, callback }: PlainBody,
  token: string,
  planned: string | null,
): TargetResult {
  const record = desk.phones.findToken(token);
  const reason = planned ?? (record?.state === 'active' ? null : 'plain-gone');
  if (record === null || reason !== null) return { reason, effect: null, vendorId: null };
  const vendorId = desk.random.uuid();
  const effect = desk.phones.receive(record.phone, {
    vendorId,
    kind: 'notification',
    collapseId: null,
    tag,
    title,
    body: null,
    badge: null,
    data: '{}',
    expiresAt: null,
    storageKey: null,
    ...(callback === undefined ? {} : { receipt: { url: callback, token, param: null, more: {} } }),
  });
  return { reason: null, effect, vendorId };
}
