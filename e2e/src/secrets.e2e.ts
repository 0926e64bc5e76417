import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { subjects } from '@reveille/contracts/subjects';
import { publishAs, readDeadLetters } from './harness/nats-identity.js';
import { RawClient } from './harness/raw-client.js';
import { runScenario, until } from './harness/scenario.js';
import { outcomesOf } from './harness/story.js';
import { reveille, Town } from './harness/town.js';
import { formsOf, type NamedSecret, secretsInFiles, shapes } from './secrets/needles.js';
import { type Place, readDisk, readStreams } from './secrets/places.js';
import { startSpanCollector } from './secrets/span-collector.js';
import { registerPeople } from './storm/people.js';

// Push tokens, keys and JWTs must be nowhere but where they belong: presence's vault holds tokens sealed, key files hold keys.
// A control that is planted in every place shows that the search finds what is there.
await runScenario('secrets', async (scenario) => {
  const spans = await startSpanCollector();
  scenario.defer(() => spans.close());
  const control = `control-${randomBytes(12).toString('hex')}`;
  const data = mkdtempSync(join(tmpdir(), 'reveille-secrets-'));
  scenario.defer(() => rmSync(data, { recursive: true, force: true }));
  const town = await Town.start({
    data,
    // The control stands in data everywhere; where there is only configuration it is the name of an app.
    flags: ['--apps', `demo,${control}`],
    env: [
      `OTEL_EXPORTER_OTLP_ENDPOINT=${spans.url}`,
      'OTEL_EXPORTER_OTLP_COMPRESSION=none',
      'OTEL_BSP_SCHEDULE_DELAY=200',
      'REVEILLE_LOG_LEVEL=debug',
      `REVEILLE_INSTANCE=${control}`,
    ],
  });
  scenario.defer(() => town.stop());

  const addresses = await receiptAddresses(data);
  const spoken = await liveThrough(town, control);
  // An unreadable job puts a clear token where a broken router would: from PUSH_JOBS it must not spread.
  const planted = randomBytes(32).toString('hex');
  await plantDeadLetter(town, control, planted);
  await sealCredentials(town, control);
  await until('spans arrive', () => spans.received().includes(control), { withinMs: 20_000 });
  const messages = await readStreams(town, control);
  const granted = await accessTokens(town);
  spoken.client.close();
  // A clean stop ends with Postgres' own checkpoint.
  await town.stop();

  const places: Place[] = [...readDisk(town), ...messages, { name: 'spans', contents: [spans.received()] }];
  const secrets: NamedSecret[] = [
    ...spoken.secrets,
    ...addresses,
    ...granted.secrets,
    { name: 'server key', value: town.serverKey },
    ...secretsInFiles(join(data, 'keys')),
    ...secretsInFiles(join(data, 'credentials')),
  ];
  const needles = secrets.flatMap(formsOf);
  const ofUnreadableJob = formsOf({ name: 'token of an unreadable job', value: planted });

  let controls = 0;
  const hits: string[] = [];
  for (const { name, contents } of places) {
    if (contents.some((content) => content.includes(control))) controls += 1;
    else scenario.note(`      the control is not in: ${name}`);
    const wanted = name.endsWith('PUSH_JOBS') ? needles : [...needles, ...ofUnreadableJob];
    for (const { name: needle, bytes } of wanted)
      if (contents.some((content) => content.includes(bytes))) hits.push(`${needle} in ${name}`);
    for (const { name: shape, form } of shapes)
      if (contents.some((content) => form.test(content.toString('latin1')))) hits.push(`${shape} in ${name}`);
  }
  for (const hit of hits) scenario.note(`      HIT ${hit}`);
  scenario.equal('places where the control is found', controls, places.length);
  scenario.equal('hits', hits, []);
  scenario.equal('kinds of secrets that are missing', missingKinds(town, granted.vendors, secrets), []);
  // What this scenario never gets to see stands here as it would look.
  const samples = [
    ...secrets.map(({ value }) => String(value)),
    'authorization: Bearer 0123456789abcdef0123456789',
    'ya29.c.0123456789abcdef',
    '-----BEGIN PRIVATE KEY-----',
  ].join('\n');
  scenario.equal(
    'shapes that match nothing',
    shapes.filter(({ form }) => !form.test(samples)).map(({ name }) => name),
    [],
  );
  const count = needles.length + ofUnreadableJob.length + shapes.length;
  return `needles ${count} places ${places.length} controls ${controls}/${places.length} hits ${hits.length}`;
});

/** Who knows where vendors call back can make receipts up: the last part of each address. */
async function receiptAddresses(data: string): Promise<NamedSecret[]> {
  const { stdout } = await reveille('receipts', '--data', data, '--json');
  const { addresses } = JSON.parse(stdout) as { addresses: { vendor: string; url: string }[] };
  return addresses.map(({ vendor, url }) => ({
    name: `receipt address of ${vendor}`,
    value: url.split('/').at(-1) ?? '',
  }));
}

/** What the vendors' token endpoints gave to the workers; those of some vendors have no shape by which they could be found. */
async function accessTokens(town: Town): Promise<{ vendors: readonly string[]; secrets: NamedSecret[] }> {
  const { vendors, tokens } = await town.sandbox.call<{
    vendors: string[];
    tokens: { vendor: string; app: string | null; token: string }[];
  }>('GET', '/access-tokens');
  const secrets = tokens.map(({ vendor, app, token }, index) => ({
    name: `access token of ${vendor} #${index} (app ${app ?? 'unknown'})`,
    value: token,
  }));
  return { vendors, secrets };
}

/** Every part of a secret's life: registered, rotated, refused, used, waiting; gives the secrets that were spoken. */
async function liveThrough(
  town: Town,
  control: string,
): Promise<{ secrets: NamedSecret[]; client: RawClient }> {
  const apns = await town.phoneOf(control, 'apns', `${control}-apns`);
  const fcm = await town.phoneOf(control, 'fcm', `${control}-fcm`);
  const voip = await ring(town, control, apns);
  const sender = `${control}-s`;
  const jwt = await town.clientToken(control);
  const sent = await town.send({ sender, recipients: [control], text: control, title: control });
  for (const { phoneId } of [apns, fcm]) {
    await until('the phone shows it', async () =>
      (await town.sandbox.lockScreen(phoneId)).some(({ collapse }) => collapse === sent.messageId),
    );
  }
  await town.http('GET', '/v1/inbox', { bearer: jwt });
  // A phone of every vendor: every credential is used, every kind of access token is asked for.
  const [everywhere] = await registerPeople(town, town.app, 1);
  if (everywhere === undefined) throw new Error('nobody was registered');
  const toAll = await town.send({ sender, recipients: [everywhere.user], text: control });
  await outcomesOf(town, toAll.messageId, everywhere.phones.length);

  // A wrong secret, a refused JWT, a token that is rotated and one that is sent by mistake are the ways into logs.
  const wrongSecret = randomBytes(24).toString('base64url');
  await town.http('DELETE', `/v1/devices/${apns.deviceId}/push`, {
    bearer: jwt,
    body: { deviceSecret: wrongSecret },
    expect: 403,
  });
  await town.http('GET', '/v1/inbox', { bearer: `${jwt}x`, expect: 401 });
  const unknownKey = `rk_demo_${randomBytes(24).toString('base64url')}`;
  await town.http('GET', '/v1/inbox', { bearer: unknownKey, expect: 401 });
  const rotated = await town.sandbox.token(fcm.phoneId);
  await town.register(fcm.deviceId, { user: control, vendor: 'fcm', token: rotated, platform: 'android' });
  const malformed = `not a token of Apple: ${randomBytes(24).toString('base64url')}`;
  await town.http('PUT', `/v1/devices/${control}-bad/push`, {
    body: { user: control, vendor: 'apns', token: malformed, platform: 1 },
    expect: 400,
  });

  const waiting = await town.phoneOf(`${control}-w`, 'apns');
  await town.sandbox.fault({
    vendor: 'apns',
    token: waiting.token,
    kind: 'answer',
    reason: 'TooManyRequests',
    retryAfterSeconds: 600,
  });
  await town.send({ sender, recipients: [`${control}-w`], text: control });
  await until(
    'a job waits in PUSH_JOBS',
    async () => (await town.sandbox.ledger({ token: waiting.token })).length > 0,
  );
  const { webSocket: url } = town.ready.urls;
  const client = await RawClient.login({ url, deviceId: `${control}-ws`, token: jwt });

  const secrets = [
    { name: 'APNs token', value: apns.token },
    { name: 'VoIP token', value: voip.token },
    { name: 'rotated VoIP token', value: voip.rotated },
    { name: 'FCM token', value: fcm.token },
    { name: 'rotated FCM token', value: rotated },
    { name: 'malformed APNs token', value: malformed },
    { name: 'APNs token of a waiting job', value: waiting.token },
    ...everywhere.phones.map(({ vendor, token }) => ({ name: `token of ${vendor}`, value: token })),
    { name: 'device secret', value: apns.deviceSecret },
    { name: 'wrong device secret', value: wrongSecret },
    { name: 'client JWT', value: jwt },
    { name: 'signature of the client JWT', value: jwt.split('.')[2] ?? '' },
    { name: 'unknown server key', value: unknownKey },
  ];
  return { secrets, client };
}

/** An iPhone has a second token, for calls: registered, rotated, and rung. */
async function ring(
  town: Town,
  user: string,
  { phoneId, deviceId, token }: { phoneId: string; deviceId: string; token: string },
): Promise<{ token: string; rotated: string }> {
  const register = (voipToken: string) =>
    town.register(deviceId, { user, vendor: 'apns', token, voipToken, platform: 'iphone' });
  const voip = await town.sandbox.token(phoneId, 'voip');
  await register(voip);
  const rotated = await town.sandbox.token(phoneId, 'voip');
  await register(rotated);
  const pushConfig = { title: user, content: user, resourcesID: 'voip' };
  await town.send({ sender: `${user}-s`, recipients: [user], text: user, pushConfig });
  await until('the phone rings', async () => (await town.sandbox.ledger({ token: rotated })).length > 0);
  return { token: voip, rotated };
}

/** Every vendor's credentials lie sealed in NATS from here on, and pushes go out with them. */
async function sealCredentials(town: Town, control: string): Promise<void> {
  const { data } = town.ready;
  const said = await reveille(
    'apply',
    join(data, 'apps.yaml'),
    '--seal',
    '--yes',
    '--by',
    control,
    '--data',
    data,
  );
  if (said.code !== 0) throw new Error(`the credentials cannot be sealed: ${said.stderr}`);
  const sent = await town.send({ sender: `${control}-s`, recipients: [control], text: control });
  await outcomesOf(town, sent.messageId);
}

/** A job that no worker can read, with a clear token in it: its dead letter must not have the token. */
async function plantDeadLetter(town: Town, control: string, token: string): Promise<void> {
  const job = {
    jobId: control,
    messageId: control,
    targets: [{ user: control, deviceId: control, sealedToken: token, token }],
  };
  const subject = subjects.pushJob('apns', 'normal', town.app);
  await publishAs(town, 'router', subject, `${town.app}:j:${control}`, job);
  await until('its dead letter is written', async () =>
    (await readDeadLetters(town)).some((letter) => letter.includes(control)),
  );
}

/** The kinds that must be among the secrets, so that a file that moved does not make the search easier. */
function missingKinds(
  town: Town,
  vendorsWithTokens: readonly string[],
  secrets: readonly NamedSecret[],
): string[] {
  const kinds = {
    'nkey seeds': /\.nkey #/,
    'sealing keys': /^sealing\.keys #/,
    'fingerprint key': /^fingerprint\.key #/,
    'dedup key': /^dedup\.key #/,
    "Postgres' password": /^postgres\.password #/,
    ...Object.fromEntries(
      town.ready.vendors.map(({ name }) => [`credential for ${name}`, new RegExp(`\\.${name}\\.\\w+ #`)]),
    ),
    ...Object.fromEntries(
      vendorsWithTokens.map((name) => [
        `access token of ${name}`,
        new RegExp(`^access token of ${name} #.*app ${town.app}`),
      ]),
    ),
    'client signing key': /\.client-key\.pem #/,
    'server keys': /\.server-key #/,
  };
  return Object.entries(kinds)
    .filter(([, form]) => !secrets.some(({ name, value }) => form.test(name) && value.length > 0))
    .map(([kind]) => kind);
}
