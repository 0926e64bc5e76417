import { appSettingsSchema } from '@reveille/contracts/app/events';
import type { PushNotification, PushTarget } from '@reveille/contracts/push/job';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import type { VendorName } from '@reveille/contracts/push/vendor';
import { afterRequest, requestFate, requestKey } from '../domain/request-key.js';
import { CredentialCache } from '../outbound/credential-cache.js';
import { openCredentialSource } from '../outbound/credential-source.js';
import { openOwnSender, openSender } from '../outbound/open-sender.js';
import { registry } from '../registry.js';
import type {
  BuiltPush,
  Credential,
  OpenTarget,
  RequestContext,
  Sender,
  VendorAnswer,
  VendorChannel,
  WireSettings,
} from '../vendor.js';
import type { CaseBench, Sent } from './vendor-cases/vendor-cases.js';
import { openVendorTown } from './vendor-town.js';

/** A bench with one sender of one vendor, and what only the contract itself needs of it. */
export interface ContractBench extends CaseBench {
  /** Sent through a sender of its own to where these settings lead, with the credential that is good at the sandbox. */
  sendElsewhere(token: string, settings: object): Promise<PushOutcome>;
  /** What goes out for one job of these targets; nothing is sent. */
  build(tokens: readonly string[]): Promise<readonly BuiltPush[]>;
  /** What the worker does when the vendor calls it expired. */
  renewed(expired: Credential): Promise<Credential>;
  close(): Promise<void>;
}

/** The trace context that every request of a bench carries. */
export const benchTraceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const never = new AbortController().signal;
const now = () => Date.now();
const senderOptions = { now, random: () => 0.5 };

/** A sandbox of its own, an app with an account there, and the vendor's channel over one sender. */
export async function openCaseBench(
  vendor: VendorName,
  librarySender: WireSettings['sender'] | null,
): Promise<ContractBench> {
  const town = await openVendorTown();
  const app = await town.appCalled('shop', {
    [vendor]: librarySender === null ? {} : { sender: librarySender },
  });
  const channelOf = (settings: object): VendorChannel => {
    const vendors = { ...app.vendors, [vendor]: { ...app.vendors[vendor], ...settings } };
    const channel = registry[vendor].channelOf(appSettingsSchema.parse({ ...app, vendors }));
    if (channel === null) throw new Error(`the app has no ${vendor}`);
    return channel;
  };
  const channel = channelOf({});
  const wire = openSender(channel, senderOptions);
  const tokenWire = openOwnSender(channel, senderOptions);
  const credentials = new CredentialCache({
    clock: { now },
    source: openCredentialSource({ isDemo: false, sealed: null }),
    tokens: null,
  });
  let receiptUrl: string | null = null;
  let messages = 0;
  /** What the worker's job would know of the targets that were tried with the present message. */
  const tried = new Map<string, Pick<PushTarget, 'refusals' | 'mayHaveArrived'>>();
  const placeOf = (token: string) => `${messages} ${token}`;

  const contextOf = async (targets: readonly OpenTarget[]): Promise<RequestContext> => {
    const messageId = `message-${messages}`;
    return {
      messageId,
      credential: await bench.credential(),
      now: now(),
      isUrgent: false,
      traceparentOf: () => benchTraceparent,
      receiptUrl,
      receiptParam: receiptUrl === null ? null : `${messageId}.mac`,
      requestKeyOf: (index) => {
        const { deviceId, token } = targets[index] as OpenTarget;
        return requestKey({ messageId }, { deviceId, ...tried.get(placeOf(token)) });
      },
      nonce: () => crypto.randomUUID(),
    };
  };
  const attempt = async (
    tokens: readonly string[],
    more: Partial<PushNotification>,
    over: VendorChannel,
    through: Sender,
  ): Promise<readonly Sent[]> => {
    const targets = tokens.map((token, index) => ({
      ...targetOf(token, index),
      mayHaveArrived: tried.get(placeOf(token))?.mayHaveArrived === true,
    }));
    const built = over.buildRequests(pushOf(messages, more), targets, await contextOf(targets));
    const byToken = new Map<string, Sent>();
    await Promise.all(
      built.map(async (push) => {
        const { outcomes, answer } = await deliver(push, over, through);
        for (const [index, { token }] of push.targets.entries()) {
          const outcome = outcomes[index] as PushOutcome;
          const reason = outcome.kind === 'deferred' ? outcome.reason : null;
          const fate = requestFate(reason, answer.kind === 'not-sent' ? 0 : 1);
          tried.set(placeOf(token), afterRequest(tried.get(placeOf(token)) ?? {}, fate));
          byToken.set(token, { outcome, answer });
        }
      }),
    );
    return tokens.map((token) => {
      const sent = byToken.get(token);
      if (sent === undefined) throw new Error(`${vendor} built no request for a target`);
      return sent;
    });
  };

  const bench: ContractBench = {
    town,
    app,
    channel,
    phone: (fields = {}) => town.phone(app, vendor, fields),
    fault: ({ token }, fault) => town.fault({ vendor, token, count: 1, ...fault }),
    channelWith: channelOf,
    async send(token, more = {}, over = channel) {
      messages += 1;
      const [sent] = await attempt([token], more, over, wire);
      return sent as Sent;
    },
    async sendAgain(token, more = {}) {
      const [sent] = await attempt([token], more, channel, wire);
      return sent as Sent;
    },
    async sendManyAgain(tokens) {
      return (await attempt(tokens, {}, channel, wire)).map(({ outcome }) => outcome);
    },
    async withdraw(tokens, collapse) {
      const recipe = channel.withdrawal;
      if (recipe == null) throw new Error(`${vendor} takes nothing back`);
      const built = recipe.buildRequests(collapse, tokens.map(targetOf), await bench.credential());
      const answered = await Promise.all(
        built.map(async ({ request, targets }) => ({
          targets,
          answer: await wire.send(request, never),
        })),
      );
      return answered.flatMap(({ targets, answer }) => recipe.readOutcomes(targets, answer, now()));
    },
    ask: (request) => tokenWire.send(request, never),
    async sendMany(tokens, more = {}) {
      messages += 1;
      return (await attempt(tokens, more, channel, wire)).map(({ outcome }) => outcome);
    },
    async sendElsewhere(token, settings) {
      const over = channelOf(settings);
      const away = openSender(over, senderOptions);
      messages += 1;
      const [sent] = await attempt([token], {}, over, away);
      await away.close(0);
      return (sent as Sent).outcome;
    },
    async build(tokens) {
      const targets = tokens.map(targetOf);
      return channel.buildRequests(pushOf(messages, {}), targets, await contextOf(targets));
    },
    async credential() {
      const state = await credentials.current(channel.credential, tokenWire);
      if (state.kind !== 'ready') throw new Error(state.cause);
      return state.credential;
    },
    async renewed(expired) {
      const state = await credentials.renewed(channel.credential, tokenWire, expired);
      if (state.kind !== 'ready') throw new Error(state.cause);
      return state.credential;
    },
    callBack(url) {
      receiptUrl = url;
    },
    async close() {
      await wire.close(1_000);
      await tokenWire.close(1_000);
      await town.close();
    },
  };
  return bench;
}

/** One request, and the further one that the same delivery may make. */
async function deliver(
  push: BuiltPush,
  channel: VendorChannel,
  sender: Sender,
): Promise<{ readonly outcomes: readonly PushOutcome[]; readonly answer: VendorAnswer }> {
  if (push.kind === 'impossible') {
    const answer = { kind: 'not-sent', because: 'withdrawn', cause: 'impossible' } as const;
    return { outcomes: push.targets.map(() => push.outcome), answer };
  }
  const answer = await sender.send(push.request, never);
  const next = channel.nextRequest(push, answer);
  if (next === null) return { outcomes: channel.readOutcomes(push, answer, now()), answer };
  const second = await sender.send(next.request, never);
  return { outcomes: next.readOutcomes(second, now()), answer: second };
}

function targetOf(token: string, index: number): OpenTarget {
  const deviceId = `device-${index}-${token.slice(0, 20).replaceAll(/\W/g, '')}`;
  return { user: 'bob', deviceId, token, environment: 'production', bundle: null };
}

function pushOf(message: number, more: Partial<PushNotification>): PushNotification {
  return {
    strategy: 'alert',
    title: 'Ann',
    content: 'Hello',
    payload: '{"a":1}',
    threadId: 't',
    badgeIncrement: null,
    resourcesId: '',
    sender: 'ann',
    collapse: `message-${message}`,
    sentAt: now(),
    expiresAt: now() + 60_000,
    ...more,
  };
}
