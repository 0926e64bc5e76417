import { createHash } from 'node:crypto';
import type { Platform } from '@reveille/contracts/device/platform';
import type { RegisterPushResponse } from '@reveille/contracts/http/register-device';
import { vendorNames } from '@reveille/contracts/push/vendor';
import { type Command, Option } from 'commander';
import { GatewayClient } from '../town/gateway-client.js';
import type { ReadyLine } from '../town/ready-line.js';
import { appOf, defaultDataFolder, readReady, secretIn } from '../town/running-town.js';
import { nameOwner } from '../town/phone-owners.js';
import { platformOf, SandboxClient } from '../town/sandbox-client.js';
import { UsageError } from '../usage-error.js';

interface RegisterOptions {
  readonly data: string;
  readonly app?: string;
  readonly vendor: string;
  readonly device?: string;
  readonly token?: string;
  readonly json?: boolean;
}

const everyVendor = 'all';
const noSandbox = 'this town runs with --no-sandbox: give a real token with --token';

/** `reveille register <user>`: gives a user a virtual phone (or a token of one's own) and registers it for push. */
export function addRegister(program: Command): void {
  program
    .command('register')
    .description('Give a user a virtual phone in the sandbox and register its push token.')
    .argument('<user>')
    .option('--data <dir>', 'the folder of the town', defaultDataFolder)
    .option('--app <id>', 'the app (default: the first one)')
    .addOption(
      new Option('--vendor <name>', 'whose phone; with "all" one of every vendor')
        .choices([...vendorNames, everyVendor])
        .default(vendorNames[0]),
    )
    .option('--device <id>', 'the device id (default: <user>-<vendor>)')
    .option('--token <token>', "a vendor's token of your own, instead of a virtual phone")
    .option('--json', 'print one JSON object a phone')
    .action(async (user: string, options: RegisterOptions) => register(user, options));
}

async function register(user: string, options: RegisterOptions): Promise<void> {
  const ready = readReady(options.data);
  const wantsAll = options.vendor === everyVendor;
  if (wantsAll && (options.token !== undefined || options.device !== undefined))
    throw new UsageError('--token and --device are for one phone: name its vendor');
  const names = wantsAll ? ready.vendors.map(({ name }) => name) : [options.vendor];
  if (names.length === 0) throw new UsageError(noSandbox);
  for (const vendor of names) await registerOne(ready, user, vendor, options);
}

async function registerOne(
  ready: ReadyLine,
  user: string,
  vendor: string,
  options: RegisterOptions,
): Promise<void> {
  const keys = appOf(ready, options.app);
  const deviceId = options.device ?? deviceIdOf(user, vendor);
  const phone =
    options.token === undefined
      ? await phoneFor(ready.urls.sandbox, vendor, keys.id)
      : { phoneId: null, token: options.token, platform: null };
  const gateway = new GatewayClient(ready.urls.gateway, secretIn(keys.serverKeyFile));
  const { pushId } = await gateway.call<RegisterPushResponse>(
    'PUT',
    `/v1/devices/${encodeURIComponent(deviceId)}/push`,
    {
      user,
      vendor,
      token: phone.token,
      ...(phone.platform === null ? {} : { platform: phone.platform }),
    },
  );
  if (phone.phoneId !== null) nameOwner(ready.data, phone.phoneId, user);
  if (options.json === true)
    console.log(JSON.stringify({ user, deviceId, vendor, pushId, phoneId: phone.phoneId }));
  else
    console.log(
      `${user} has ${phone.phoneId === null ? 'a token' : `phone ${phone.phoneId}`} (${vendor}), device ${deviceId}, PushID ${pushId}`,
    );
}

/** Readable where the user's name may stand in it; of any other name a digest, so that two users never share a device. */
function deviceIdOf(user: string, vendor: string): string {
  if (/^[\w-]+$/.test(user)) return `${user}-${vendor}`;
  return `${createHash('sha256').update(user).digest('base64url').slice(0, 16)}-${vendor}`;
}

async function phoneFor(
  sandboxUrl: string | null,
  vendor: string,
  app: string,
): Promise<{ phoneId: string; token: string; platform: Platform }> {
  if (sandboxUrl === null) throw new UsageError(noSandbox);
  const sandbox = new SandboxClient(sandboxUrl);
  const phone = await sandbox.addPhone(vendor, app);
  return { phoneId: phone.phoneId, token: await sandbox.token(phone.phoneId), platform: platformOf(phone) };
}
