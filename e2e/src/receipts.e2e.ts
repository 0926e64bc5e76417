import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PushReceipted } from '@reveille/contracts/push/receipt';
import type { VendorName } from '@reveille/contracts/push/vendor';
import { runScenario, type Scenario, until } from './harness/scenario.js';
import { entriesOf, outcomesOf, verdictOf } from './harness/story.js';
import { reveille, Town } from './harness/town.js';
import { verdictsWeighed } from './harness/verdicts-weighed.js';

// What vendors say of a push after they took it becomes part of its story: once however often it is said, late or not; what
// belongs to no push is kept and counted; what is not the vendor's is refused. A token that a receipt calls dead gets nothing more.
await runScenario('receipts', async (scenario) => {
  const town = await Town.start();
  scenario.defer(() => town.stop());
  await signed(scenario, town);
  const tokens = [await delivered(scenario, town), await odd(scenario, town), await dead(scenario, town)];
  await forged(scenario, town);
  tokens.push(await unseen(scenario, town));
  notLogged(scenario, town, tokens.flat());
});

/** Delivered, then tapped on: `trace` tells both. */
async function delivered(scenario: Scenario, town: Town): Promise<string[]> {
  const tokens: string[] = [];
  for (const vendor of ['xiaomi', 'oppo', 'huawei'] as const) {
    const user = `got-${vendor}`;
    const phone = await town.phoneOf(user, vendor);
    tokens.push(phone.token);
    const { messageId } = await town.send({ sender: 'ana', recipients: [user] });
    const receipt = await receiptOf(town, messageId, 'delivered');
    scenario.equal(
      `${vendor}: a receipt says that it was delivered, and whose it is`,
      [receipt.user, receipt.deviceId, receipt.vendor],
      [user, phone.deviceId, vendor],
    );
    if (vendor !== 'xiaomi') continue;
    const [shown] = await town.sandbox.lockScreen(phone.phoneId);
    await town.sandbox.call('POST', `/phones/${phone.phoneId}/tap`, { id: shown?.id });
    await receiptOf(town, messageId, 'clicked');
    scenario.check('xiaomi: and that somebody tapped on it', true);
    for (const flags of [[], ['--from-log']]) {
      const { stdout } = await reveille('trace', messageId, '--data', town.ready.data, ...flags);
      const told = ['delivered', 'clicked'].every((word) =>
        new RegExp(`xiaomi receipt +${user}/\\S+ +${word} \\[type-`).test(stdout),
      );
      scenario.check(`trace ${flags.join(' ')} tells it`, told, stdout);
    }
  }
  return tokens;
}

/** Said twice, said late, said of a push that nobody made. */
async function odd(scenario: Scenario, town: Town): Promise<string[]> {
  const phone = await town.phoneOf('odd', 'xiaomi');
  const fault = (kind: string) =>
    town.sandbox.call('PUT', '/receipts/faults', {
      kind,
      vendor: 'xiaomi',
      token: phone.token,
      count: 1,
      ms: 6_000,
    });
  const posts = async (kind: string) =>
    (
      await town.sandbox.call<{ receipts: { fault: string | null; answer: number | null }[] }>(
        'GET',
        `/receipts?token=${encodeURIComponent(phone.token)}`,
      )
    ).receipts.filter((post) => post.fault === kind && post.answer !== null);
  const send = async () => (await town.send({ sender: 'ana', recipients: ['odd'] })).messageId;

  await fault('duplicate');
  const twice = await send();
  await until('the second one is answered', async () => (await posts('duplicate')).length === 1);
  await receiptOf(town, twice, 'delivered');
  scenario.equal('said twice, told once', (await receiptsOf(town, twice)).length, 1);

  await fault('late');
  const late = await send();
  await outcomesOf(town, late);
  scenario.equal('said late: nothing yet', (await receiptsOf(town, late)).length, 0);
  await receiptOf(town, late, 'delivered');
  scenario.check('said late, told all the same', true);

  await fault('unknown');
  const before = await unmatched(town, 'xiaomi');
  const other = await send();
  await until('it is counted', async () => (await unmatched(town, 'xiaomi')) === before + 1);
  scenario.equal('of a push that nobody made: in no story', (await receiptsOf(town, other)).length, 0);
  return [phone.token];
}

/** OPPO takes a push to a phone that is gone, and says so later. */
async function dead(scenario: Scenario, town: Town): Promise<string[]> {
  const phone = await town.phoneOf('gone', 'oppo');
  await town.sandbox.uninstall(phone.phoneId);
  const { messageId } = await town.send({ sender: 'ana', recipients: ['gone'] });
  const [outcome] = await outcomesOf(town, messageId);
  scenario.equal('the push to a phone that is gone is accepted', outcome?.kind, 'accepted');
  const receipt = await receiptOf(town, messageId, 'token-unregistered');
  scenario.equal('then a receipt calls its token dead', receipt.vendorCode, 'regid_invalid');
  await verdictsWeighed(town);
  const from = await town.sandbox.ledgerTail();
  const next = await until('it is dead', async () => {
    const sent = await town.send({ sender: 'ana', recipients: ['gone'] });
    return (await verdictOf(town, sent.messageId)) === 'withheld(token-dead)' ? sent : null;
  });
  scenario.equal(
    'the next message is withheld',
    await verdictOf(town, next.messageId),
    'withheld(token-dead)',
  );
  scenario.equal(
    'requests for it',
    (await town.sandbox.ledger({ token: phone.token, since: from })).length,
    0,
  );
  return [phone.token];
}

/** Taken by the vendor, and then not shown: switched off by the person, or never reached in time. */
async function unseen(scenario: Scenario, town: Town): Promise<string[]> {
  const muted = await town.phoneOf('muted', 'huawei');
  await town.sandbox.call('PUT', `/phones/${muted.phoneId}/notifications`, { allowed: false });
  const silent = await town.send({ sender: 'ana', recipients: ['muted'] });
  const word = await receiptOf(town, silent.messageId, 'muted');
  scenario.equal('switched off by the person: the receipt says so', word.vendorCode, '6');

  const away = await town.phoneOf('away', 'vivo');
  await town.sandbox.network(away.phoneId, false);
  const late = await town.send({ sender: 'ana', recipients: ['away'] });
  await outcomesOf(town, late.messageId);
  await town.sandbox.call('PUT', '/clock', { offsetMs: 2 * 86_400_000 });
  await town.sandbox.network(away.phoneId, true);
  const expired = await receiptOf(town, late.messageId, 'expired');
  scenario.equal('away for too long: the receipt says so', expired.deviceId, away.deviceId);
  return [muted.token, away.token];
}

/** Who does not know the address, or makes up what a receipt speaks about. */
async function forged(scenario: Scenario, town: Town): Promise<void> {
  const phone = await town.phoneOf('eve', 'xiaomi');
  const [url, other] = await Promise.all([addressOf(town, 'xiaomi'), addressOf(town, 'oppo')]);
  await town.sandbox.call('PUT', '/receipts/faults', { kind: 'lost', vendor: 'xiaomi', token: phone.token });
  const { messageId } = await town.send({ sender: 'ana', recipients: ['eve'] });
  await outcomesOf(town, messageId);
  const post = async (to: string, param: string) => {
    const word = {
      param,
      type: 1,
      targets: phone.token,
      jobkey: '',
      barStatus: 'Enable',
      timestamp: Date.now(),
    };
    const body = new URLSearchParams({ data: JSON.stringify({ sdm1: word }) });
    return (await fetch(to, { method: 'POST', body })).status;
  };
  const refusals = [
    ['a made-up address', url.replace(/.{6}$/, 'aaaaaa')],
    ['the address of another vendor', other.replace('/oppo/', '/xiaomi/')],
    ['the address of another app', url.replace('/demo/', '/other/')],
  ] as const;
  for (const [name, to] of refusals)
    scenario.equal(`forged: ${name} is refused`, await post(to, `${messageId}.aaaaaaaaaaaa`), 403);
  const before = await unmatched(town, 'xiaomi');
  scenario.equal('forged: who knows the address is heard', await post(url, `${messageId}.aaaaaaaaaaaa`), 200);
  await until('and counted as unknown', async () => (await unmatched(town, 'xiaomi')) === before + 1);
  scenario.equal(
    'forged: but no message is theirs to speak of',
    (await receiptsOf(town, messageId)).length,
    0,
  );
}

/** Huawei may sign its callbacks: then who does not is not Huawei. */
async function signed(scenario: Scenario, town: Town): Promise<void> {
  const { data } = town.ready;
  const key = randomBytes(32).toString('base64');
  const keyFile = join(data, 'credentials', 'huawei-receipts.key');
  writeFileSync(keyFile, key, { mode: 0o600 });
  const asItIs = readFileSync(join(data, 'apps.yaml'), 'utf8');
  const changed = join(data, 'signed.yaml');
  const signature = `{ userName: reveille, key: "file:${keyFile}" }`;
  writeFileSync(changed, asItIs.replace(/^( *)huawei:\n/m, `$&$1  receiptSignature: ${signature}\n`));
  const applied = await reveille('apply', changed, '--yes', '--data', data);
  scenario.equal('signed: applied', [applied.code, applied.stderr], [0, '']);

  const url = await addressOf(town, 'huawei');
  // Where Huawei calls stands in its console.
  const appId = /^ *huawei:\n(?: {8}.*\n)*? {8}appId: "?(\d+)"?$/m.exec(asItIs)?.[1] ?? '';
  await town.sandbox.call('PUT', '/huawei/receipts', { appId, url, user: 'reveille', key });
  const phone = await town.phoneOf('signed', 'huawei');
  const post = async (sign: (text: string) => string) => {
    const [timestamp, nonce] = [String(Date.now()), randomUUID()];
    const value = sign(`${timestamp}${nonce}reveille`);
    const status = { token: phone.token, biTag: '', status: 0, timestamp: Date.now(), requestId: nonce };
    const response = await fetch(url, {
      method: 'POST',
      body: JSON.stringify({ statuses: [status] }),
      headers: {
        'content-type': 'application/json',
        'x-huawei-callback-id': `timestamp=${timestamp}; nonce=${nonce}; value=${value}`,
      },
    });
    return response.status;
  };
  const hmac = (by: string) => (text: string) =>
    createHmac('sha256', Buffer.from(by, 'base64')).update(text).digest('base64');
  await until('the workers know the key', async () => (await post(() => 'AAAA')) === 401);
  const before = await unmatched(town, 'huawei');
  scenario.equal('signed: with another key', await post(hmac(randomBytes(32).toString('base64'))), 401);
  scenario.equal('signed: rightly', await post(hmac(key)), 200);
  await until('only the right one is heard', async () => (await unmatched(town, 'huawei')) === before + 1);
}

/** Neither tokens nor addresses are in any log. */
function notLogged(scenario: Scenario, town: Town, needles: readonly string[]): void {
  const folder = join(town.ready.data, 'logs');
  const logs = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
  const hits = needles.filter((needle) => logs.some((log) => log.includes(needle)));
  scenario.equal('tokens in logs', hits.length, 0);
  scenario.equal('addresses in logs', logs.filter((log) => /\/receipts\/demo\/\w+\//.test(log)).length, 0);
}

async function receiptsOf(town: Town, messageId: string): Promise<PushReceipted[]> {
  return (await entriesOf(town, messageId, 'push-receipted')).map(({ data }) => data);
}

function receiptOf(town: Town, messageId: string, status: PushReceipted['status']): Promise<PushReceipted> {
  return until(
    `${messageId} is ${status}`,
    async () => (await receiptsOf(town, messageId)).find((receipt) => receipt.status === status) ?? null,
    { withinMs: 30_000 },
  );
}

async function addressOf(town: Town, vendor: VendorName): Promise<string> {
  const { stdout } = await reveille('receipts', '--data', town.ready.data, '--json');
  const { addresses } = JSON.parse(stdout) as { addresses: { vendor: VendorName; url: string }[] };
  const found = addresses.find((address) => address.vendor === vendor);
  if (found === undefined) throw new Error(`no address of ${vendor}: ${stdout}`);
  return found.url;
}

/** How many receipts of the vendor named no push of ours. */
async function unmatched(town: Town, vendor: VendorName): Promise<number> {
  const page = await (await fetch(`http://127.0.0.1:${town.ready.ports['vendorWorkers']}/metrics`)).text();
  return page
    .split('\n')
    .filter((line) => /push_receipts_total\{/.test(line) && line.includes(`vendor="${vendor}"`))
    .filter((line) => line.includes('match="unmatched"'))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
