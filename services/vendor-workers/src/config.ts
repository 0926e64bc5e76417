import { type Env, readEnv } from '@reveille/chassis/env';
import { readSealing, type Sealing } from '@reveille/chassis/sealing';
import { createReceiptKeys, type ReceiptKeys } from '@reveille/chassis/receipt-keys';
import { readServiceSettings, type ServiceSettings } from '@reveille/chassis/service-settings';
import { type VendorName, vendorNames } from '@reveille/contracts/push/vendor';
import { type DayTurn, readDayTurn } from './protocol/quota.js';

export interface Config extends ServiceSettings {
  readonly isDemo: boolean;
  readonly vendors: readonly VendorName[];
  readonly sealing: Sealing;
  /** The most jobs at hand per app, vendor and lane. */
  readonly maxInFlight: number;
  /** When a day of the vendors' quotas begins. */
  readonly dayTurn: DayTurn;
  /** Null: no vendor is asked for receipts, and none is taken. */
  readonly receipts: ReceiptSettings | null;
}

export interface ReceiptSettings {
  readonly keys: ReceiptKeys;
  /** Where vendors reach this process: scheme, host and whatever stands before `/receipts`. */
  readonly publicUrl: string;
}

/** @throws ConfigError that lists every fault at once. */
export function readConfig(env: Env = readEnv()): Config {
  const settings = readServiceSettings(env, { httpPort: 7403 });
  const vendors = env.list('REVEILLE_VENDORS', vendorNames);
  for (const name of vendors)
    if (!isVendor(name)) env.fault(`REVEILLE_VENDORS: ${name} is not one of ${vendorNames.join(', ')}`);
  if (vendors.length === 0) env.fault('REVEILLE_VENDORS names no vendor');
  const isDemo = env.flag('REVEILLE_DEMO', false);
  const maxInFlight = env.integer('REVEILLE_MAX_IN_FLIGHT', { default: 200, min: 1, max: 2_000 });
  const receipts = readReceipts(env);
  const dayTurn = readTurn(env);
  const sealing = readSealing(env);
  const served = vendors.filter(isVendor);
  return Object.freeze({ ...settings, isDemo, vendors: served, sealing, maxInFlight, dayTurn, receipts });
}

/** The vendors that have daily quotas count by the clock of China. */
const chinaMidnight = '00:00+08:00';

function readTurn(env: Env): DayTurn {
  const text = env.text('REVEILLE_QUOTA_DAY_TURN', chinaMidnight);
  const turn = readDayTurn(text);
  if (turn === null) env.fault(`REVEILLE_QUOTA_DAY_TURN is ${text}, not a time such as ${chinaMidnight}`);
  return turn ?? { afterMidnightMs: 0 };
}

function isVendor(name: string): name is VendorName {
  return (vendorNames as readonly string[]).includes(name);
}

const [keyFile, publicUrl] = ['REVEILLE_RECEIPT_KEY_FILE', 'REVEILLE_RECEIPT_URL'];

function readReceipts(env: Env): ReceiptSettings | null {
  const url = env.optionalText(publicUrl);
  if (url === null) {
    if (env.optionalText(keyFile) !== null) env.fault(`${publicUrl} is not set, though ${keyFile} is`);
    return null;
  }
  if (!/^https?:\/\/[^/?#]+(\/[^?#]*)?$/.test(url))
    env.fault(
      `${publicUrl} must be the address of this service as vendors see it, for instance https://push.example.org`,
    );
  const text = env.secretFile(keyFile).expose();
  const keys = text === '' ? null : env.attempt(() => createReceiptKeys(text), keyFile);
  return keys === null ? null : { keys, publicUrl: url.replace(/\/+$/, '') };
}
