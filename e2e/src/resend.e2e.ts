import { inParallel, runScenario, until } from './harness/scenario.js';
import { RawClient } from './harness/raw-client.js';
import { reveille, Town } from './harness/town.js';

const count = 100;

// A client that never got its answer sends the same message again: after the dedup window, after a restart of nats-server,
// over WebSocket and over HTTP. It gets the first id, and the recipient sees the message once.
await runScenario('resend', async (scenario) => {
  const town = await Town.start({ flags: ['--duplicate-window-ms', '1000'] });
  scenario.defer(() => town.stop());
  const phone = await town.phoneOf('bob', 'apns');
  const ana = await RawClient.login({
    url: town.ready.urls.webSocket,
    deviceId: 'ana-1',
    token: await town.clientToken('ana'),
  });
  const anaToken = await town.clientToken('ana');
  const bySocket = Array.from({ length: count / 2 }, (_, index) => `ws-${index}`);
  const byHttp = Array.from({ length: count / 2 }, (_, index) => `http-${index}`);

  const overSocket = async (client: RawClient, id: string, attempt: number) =>
    (await client.send(['bob'], id, { clientMessageId: id, attempt })).messageId;
  const overHttp = async (id: string) =>
    (
      await town.http<{ messageId: string }>('POST', '/v1/messages', {
        bearer: anaToken,
        body: {
          clientMessageId: id,
          recipients: ['bob'],
          content: { type: 'text', text: id },
          pushConfig: { title: 'T', content: id },
        },
      })
    ).messageId;

  const first = new Map<string, string>();
  // The rate limit of a user stays on, and knows only when messages arrive: so a second from each answer to the next eight.
  const aSecond = () => new Promise((resolve) => setTimeout(resolve, 1_000));
  for (let start = 0; start < count / 2; start += 4) {
    await Promise.all([
      ...bySocket.slice(start, start + 4).map(async (id) => void first.set(id, await overSocket(ana, id, 0))),
      ...byHttp.slice(start, start + 4).map(async (id) => void first.set(id, await overHttp(id))),
    ]);
    await aSecond();
  }
  scenario.equal('accepted', new Set(first.values()).size, count);
  await until(
    'the window of 1 s has passed thrice',
    async () => new Promise<true>((resolve) => setTimeout(() => resolve(true), 3_000)),
  );

  const again = async (client: RawClient) => {
    const same: boolean[] = [];
    for (let start = 0; start < count / 2; start += 4) {
      same.push(
        ...(await Promise.all([
          ...bySocket
            .slice(start, start + 4)
            .map(async (id) => (await overSocket(client, id, 1)) === first.get(id)),
          ...byHttp.slice(start, start + 4).map(async (id) => (await overHttp(id)) === first.get(id)),
        ])),
      );
      await aSecond();
    }
    return same.filter(Boolean).length;
  };
  scenario.equal('same id after the window', await again(ana), count);

  const natsPid = town.kill('nats');
  await town.restarted('nats', natsPid);
  await town.serviceReady('gateway');
  const back = await until('ana is logged in again', async () => {
    try {
      return await RawClient.login({ url: town.ready.urls.webSocket, deviceId: 'ana-1', token: anaToken });
    } catch {
      return null;
    }
  });
  scenario.equal('same id after nats-server was killed and started again', await again(back), count);

  const shown = await until(
    'every message is on the lock screen',
    async () => {
      const all = await town.sandbox.lockScreen(phone.phoneId);
      return all.length >= count ? all : null;
    },
    { withinMs: 60_000 },
  );
  scenario.equal(
    'shown once each',
    shown.map(({ shownCount, collapse }) => `${collapse} ${shownCount}`).sort(),
    [...first.values()].map((id) => `${id} 1`).sort(),
  );
  const requests = (await town.sandbox.ledger({ token: phone.token })).map(({ collapse }) => collapse ?? '');
  scenario.equal('requests at the vendor, one a message', requests.sort(), [...first.values()].sort());
  const audit = JSON.parse((await reveille('audit', '--data', town.ready.data, '--json')).stdout) as Record<
    string,
    number
  >;
  scenario.equal(
    'stored and settled',
    [audit['accepted'], audit['settled'], audit['missing'], audit['settledTwice']],
    [count, count, 0, 0],
  );
  await inParallel([ana, back], 2, async (client) => client.close());
});
