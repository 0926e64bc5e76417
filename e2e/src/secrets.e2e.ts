import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publishAs, readDeadLetters } from './harness/nats-identity.js';
import { runScenario, until } from './harness/scenario.js';
import { subjects } from '@reveille/contracts/subjects';
import { Town } from './harness/town.js';

/** Secrets that nobody outside ever sees, by their shape: signed tokens of ours to the vendors, and the vendors' to us. */
const shapes = [
  { name: 'a signed JWT', form: /eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{40,}/ },
  { name: 'an authorization header', form: /[Bb]earer [A-Za-z0-9._-]{24,}/ },
  { name: 'a Google access token', form: /ya29\.[A-Za-z0-9._-]{16,}/ },
  { name: 'a private key', form: /-----BEGIN (EC |RSA )?PRIVATE KEY-----/ },
  { name: 'an nkey seed', form: /\bSU[A-Z2-7]{56}\b/ },
];

interface Needle {
  readonly name: string;
  readonly value: string;
}

// Push tokens, keys and JWTs must be nowhere but where they belong: presence's vault holds tokens sealed, key files hold keys.
// A control that is planted in every place shows that the search finds what is there.
await runScenario('secrets', async (scenario) => {
  const spans: Buffer[] = [];
  const collector = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      spans.push(Buffer.concat(chunks));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  scenario.defer(() => new Promise((resolve) => collector.close(resolve)));
  const otlp = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;

  const control = `control-${createHash('sha256').update(String(process.pid)).digest('hex').slice(0, 24)}`;
  const data = mkdtempSync(join(tmpdir(), 'reveille-secrets-'));
  scenario.defer(() => rmSync(data, { recursive: true, force: true }));
  const town = await Town.start({
    data,
    env: [
      `OTEL_EXPORTER_OTLP_ENDPOINT=${otlp}`,
      'OTEL_EXPORTER_OTLP_COMPRESSION=none',
      'OTEL_BSP_SCHEDULE_DELAY=200',
      'REVEILLE_LOG_LEVEL=debug',
      `REVEILLE_INSTANCE=${control}`,
    ],
  });
  scenario.defer(() => town.stop());

  // The control is a user's name: it may stand everywhere, and so must be found everywhere.
  const apns = await town.phoneOf(control, 'apns', `${control}-apns`);
  const fcm = await town.phoneOf(control, 'fcm', `${control}-fcm`);
  const clientToken = await town.clientToken(control);
  const sent = await town.send({
    sender: `${control}-s`,
    recipients: [control],
    text: control,
    title: control,
  });
  await until(
    'both phones show it',
    async () =>
      (await town.sandbox.lockScreen(apns.phoneId)).length > 0 &&
      (await town.sandbox.lockScreen(fcm.phoneId)).length > 0,
  );
  await town.http('GET', '/v1/inbox', { bearer: clientToken });
  // A wrong secret, a refused token and a job that cannot be read are the ways into logs and dead letters.
  await town
    .http('DELETE', `/v1/devices/${apns.deviceId}/push`, {
      bearer: clientToken,
      body: { deviceSecret: 'wrong-secret-needle-123456' },
    })
    .catch(() => null);
  await town.http('GET', '/v1/inbox', { bearer: `${clientToken}x` }).catch(() => null);
  const waiting = await town.phoneOf(`${control}-w`, 'apns');
  await town.sandbox.fault({
    vendor: 'apns',
    token: waiting.token,
    kind: 'answer',
    reason: 'TooManyRequests',
    retryAfterSeconds: 600,
  });
  await town.send({ sender: `${control}-s`, recipients: [`${control}-w`], text: control });
  await until(
    'a job waits in PUSH_JOBS',
    async () => (await town.sandbox.ledger({ token: waiting.token })).length > 0,
  );
  await town.http('POST', '/v1/messages', {
    body: {
      sender: `${control}-s`,
      recipients: [control],
      content: { type: 'text', text: control },
      pushConfig: null,
    },
  });
  const planted = randomBytes(32).toString('hex');
  await plantDeadLetter(town, control, planted);
  await until('spans arrive', () => Buffer.concat(spans).includes(control), { withinMs: 20_000 });

  const needles = collectNeedles(town, [apns.token, fcm.token, waiting.token], [clientToken]);
  // A clean stop ends with Postgres' own checkpoint.
  await town.stop();
  const places = placesOf(town, Buffer.concat(spans));
  let controls = 0;
  const hits: string[] = [];
  for (const [place, read] of places) {
    const texts = read();
    if (texts.some((text) => text.includes(control))) controls += 1;
    else scenario.note(`      the control is not in: ${place}`);
    for (const needle of needles) {
      if (texts.some((text) => text.includes(needle.value))) hits.push(`${needle.name} in ${place}`);
    }
    for (const { name, form } of shapes) {
      if (texts.some((text) => form.test(text.toString('latin1')))) hits.push(`${name} in ${place}`);
    }
    // It was put into PUSH_JOBS by ourselves, as a broken router would: from there it must not spread.
    if (place !== 'stream PUSH_JOBS' && texts.some((text) => text.includes(planted)))
      hits.push(`token of an unreadable job in ${place}`);
  }
  for (const hit of hits) scenario.note(`      HIT ${hit}`);
  scenario.equal('controls found', controls, places.size);
  scenario.equal('hits', hits.length, 0);
  scenario.check('there are needles of every kind', needles.length >= 15, `${needles.length}`);
  scenario.check('the message went all the way', sent.messageId !== '');
  return `needles ${needles.length + shapes.length + 1} places ${places.size} controls ${controls}/${places.size} hits ${hits.length}`;
});

/** Every secret plain, as base64, base64url and hex. */
function collectNeedles(town: Town, pushTokens: readonly string[], jwts: readonly string[]): Needle[] {
  const plain: Needle[] = [
    ...pushTokens.map((value, index) => ({ name: `push token ${index}`, value })),
    ...jwts.map((value, index) => ({ name: `client JWT ${index}`, value })),
    ...jwts.map((value, index) => ({
      name: `signature of client JWT ${index}`,
      value: value.split('.')[2] ?? value,
    })),
    { name: 'server key', value: town.serverKey },
    { name: 'device secret', value: 'wrong-secret-needle-123456' },
    ...keyFiles(join(town.ready.data, 'keys')).concat(keyFiles(join(town.ready.data, 'credentials'))),
  ];
  return plain.flatMap(({ name, value }) => {
    const bytes = Buffer.from(value);
    return [
      { name, value },
      { name: `${name} (base64)`, value: bytes.toString('base64').replace(/=+$/, '').slice(0, -2) },
      { name: `${name} (hex)`, value: bytes.toString('hex') },
    ];
  });
}

/** The secret lines of key files: seeds, base64 keys, the body of PEM blocks; public halves left out. */
function keyFiles(folder: string): Needle[] {
  return filesBelow(folder).flatMap((path) => {
    if (path.endsWith('.pub') || path.endsWith('ca.pem')) return [];
    const text = readFileSync(path, 'utf8').replaceAll('\\n', '\n');
    if (text.includes('BEGIN PUBLIC KEY') || text.includes('BEGIN CERTIFICATE')) return [];
    const lines = text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('-----'));
    return lines
      .flatMap((line) => line.split(/[:\s",]+/))
      .filter((word) => word.length >= 40 && /^[A-Za-z0-9+/=_-]+$/.test(word) && !word.startsWith('U'))
      .map((value, index) => ({ name: `${path.split('/').at(-1)} #${index}`, value }));
  });
}

function placesOf({ ready: { data, folders } }: Town, spans: Buffer): Map<string, () => Buffer[]> {
  const below =
    (...path: string[]) =>
    () =>
      filesBelow(join(data, ...path)).map((file) => readFileSync(file));
  const streams = (name: string) => () =>
    filesBelow(join(data, 'nats'))
      .filter((file) => file.includes(`/${name}/`))
      .map((file) => readFileSync(file));
  return new Map<string, () => Buffer[]>([
    ['logs', below('logs')],
    ['stream MESSAGES', streams('MESSAGES')],
    ['stream DELIVERIES', streams('DELIVERIES')],
    ['stream PUSHES', streams('PUSHES')],
    ['stream PUSH_JOBS', streams('PUSH_JOBS')],
    ['stream DEVICES', streams('DEVICES')],
    ['dead letters', streams('DEAD_LETTERS')],
    ['Postgres', () => filesBelow(folders.postgres).map((file) => readFileSync(file))],
    ['spans', () => [spans]],
  ]);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const stat = statSync(path);
    return stat.isDirectory() ? filesBelow(path) : stat.isFile() ? [path] : [];
  });
}

/** A job that no worker can read, with a clear token in it: its dead letter must not have the token. */
async function plantDeadLetter(town: Town, control: string, token: string): Promise<void> {
  const job = {
    jobId: control,
    messageId: control,
    targets: [{ user: control, deviceId: control, sealedToken: token, token }],
  };
  await publishAs(
    town,
    'router',
    subjects.pushJob('apns', 'normal', town.app),
    `${town.app}:j:${control}`,
    job,
  );
  await until('its dead letter is written', async () =>
    (await readDeadLetters(town)).some((letter) => letter.includes(control)),
  );
}
