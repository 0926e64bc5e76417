import { once } from 'node:events';
import { json } from 'node:stream/consumers';
import type { AppSettings } from '@reveille/contracts/app/events';
import type { PushNotification } from '@reveille/contracts/push/job';
import type { VendorName } from '@reveille/contracts/push/vendor';
import { CredentialCache } from '../outbound/credential-cache.js';
import { openCredentialSource } from '../outbound/credential-source.js';
import { openOwnSender, openSender } from '../outbound/open-sender.js';
import { registry } from '../registry.js';
import type { BuiltRequest } from '../vendor.js';
import { openVendorTown } from './vendor-town.js';

/** What one round is asked, as JSON on standard input. */
interface Round {
  readonly app: AppSettings;
  readonly vendor: VendorName;
  readonly sender: 'http2' | 'node-apn' | 'firebase-admin';
  readonly tokens: readonly string[];
  readonly requests: number;
  readonly inFlight: number;
}

const never = new AbortController().signal;
const now = () => Date.now();
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
const phonesPerVendor = 1_000;

/** `vendors`: a sandbox that takes everything quickly, until standard input ends. `round`: one sender, measured by itself. */
if (process.argv[2] === 'vendors') await serve();
else say(await measure((await json(process.stdin)) as Round));

async function serve(): Promise<void> {
  const town = await openVendorTown();
  const app = await town.appCalled('bench');
  await town.control.put('/switches', {
    load: { fast: true, keepsPayloads: false },
    fcm: { devicePerMinute: 0, devicePerHour: 0, projectPerMinute: 0 },
  });
  const tokensOf = async (vendor: VendorName) =>
    (await town.phones(app, vendor, phonesPerVendor)).map(({ token }) => token);
  say({ app, tokens: { apns: await tokensOf('apns'), fcm: await tokensOf('fcm') } });
  process.stdin.resume();
  await once(process.stdin, 'end');
  await town.close();
}

async function measure({ app, vendor, sender, tokens, requests, inFlight }: Round): Promise<object> {
  const channel = registry[vendor].channelOf({
    ...app,
    vendors: { ...app.vendors, [vendor]: { ...app.vendors[vendor], sender } },
  });
  if (channel === null) throw new Error(`the app has no ${vendor}`);
  const options = { now, random: () => 0.5 };
  const wire = openSender(channel, options);
  const tokenSender = openOwnSender(channel, options);
  const state = await new CredentialCache({
    clock: { now },
    source: openCredentialSource({ isDemo: false, sealed: null }),
    tokens: null,
  }).current(channel.credential, tokenSender);
  if (state.kind !== 'ready') throw new Error(state.cause);
  const push: PushNotification = {
    strategy: 'alert',
    title: 'Ann',
    content: 'Are you coming tonight? 🍕',
    payload: '{"conversation":"42"}',
    threadId: 'peer-ann',
    badgeIncrement: 1,
    resourcesId: '',
    sender: 'ann',
    collapse: 'c',
    sentAt: now(),
    expiresAt: now() + 86_400_000,
  };
  const requestOf = (index: number): BuiltRequest => {
    const target = {
      user: 'bob',
      deviceId: `d${index}`,
      token: tokens[index % tokens.length] ?? '',
      environment: 'production' as const,
      bundle: null,
    };
    const context = {
      messageId: `m${index}`,
      credential: state.credential,
      now: now(),
      isUrgent: false,
      traceparentOf: () => null,
      receiptUrl: null,
      receiptParam: null,
      requestKeyOf: () => `key-${index}`,
      nonce: () => 'nonce',
    };
    const [built] = channel.buildRequests({ ...push, collapse: `m${index}` }, [target], context);
    if (built?.kind !== 'request') throw new Error('no request');
    return built;
  };
  let next = 0;
  let accepted = 0;
  const work = async (until: number) => {
    while (next < until) {
      next += 1;
      const built = requestOf(next);
      const outcomes = channel.readOutcomes(built, await wire.send(built.request, never), now());
      if (outcomes.every(({ kind }) => kind === 'accepted')) accepted += 1;
    }
  };
  const run = (until: number) => Promise.all(Array.from({ length: inFlight }, () => work(until)));
  // Connections, the first valid request and the compiler are not what is measured.
  await run(Math.ceil(requests / 10));
  const [from, cpu, start] = [next, process.cpuUsage(), performance.now()];
  accepted = 0;
  await run(from + requests);
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  await wire.close(1_000);
  await tokenSender.close(0);
  return {
    vendor,
    sender,
    requests,
    inFlight,
    accepted,
    perSecond: Math.round((requests / ms) * 1_000),
    cpuMicroseconds: Math.round(((user + system) / requests) * 10) / 10,
    rssMegabytes: Math.round(process.memoryUsage.rss() / 1_048_576),
  };
}
