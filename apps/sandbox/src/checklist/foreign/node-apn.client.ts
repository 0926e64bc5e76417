import { readFileSync } from 'node:fs';
import apn from '@parse/node-apn';
import { reportOf, type ForeignClient, type ForeignReport } from './foreign-client.js';
import type { ProviderDesk } from './provider-desk.js';

/** Where to push: by the client's own address options, or null for the hosts that are built into it. */
export interface ApnsAddress {
  readonly address: string;
  readonly port: number;
  readonly ca: string;
}

/** @parse/node-apn: one push to a living phone, one to a dead token. */
export function nodeApnClient(name: string, desk: ProviderDesk, at: ApnsAddress | null): ForeignClient {
  return { name, run: () => run(desk, at) };
}

async function run(desk: ProviderDesk, at: ApnsAddress | null): Promise<ForeignReport> {
  const account = await desk.account('apns');
  const [keyFile, keyId, teamId] = [account.credentialFile, account.text('keyId'), account.text('teamId')];
  const provider = new apn.Provider({
    token: { key: readFileSync(keyFile), keyId, teamId },
    production: true,
    ...(at === null ? {} : { address: at.address, port: at.port, ca: [at.ca] }),
  });
  try {
    const phone = await desk.phone('apns');
    const dead = await desk.deadToken('apns');
    const notification = new apn.Notification({
      topic: desk.bundle,
      collapseId: 'from-node-apn',
      alert: { title: 'node-apn', body: 'hello' },
    });
    notification.pushType = 'alert';
    const first = await provider.send(notification, phone.token);
    const second = await provider.send(notification, dead);
    const [shown] = (await desk.screen(phone)).notifications;
    const [failure] = second.failed as { status?: number; response?: { reason?: string } }[];
    return reportOf('a push shown on the phone, a dead token reported as 410 Unregistered', {
      'the push is sent': first.sent.length === 1 && first.failed.length === 0,
      'the phone shows it': shown?.title === 'node-apn' && shown.body === 'hello',
      'the dead token is refused with 410': Number(failure?.status) === 410,
      'the reason is Unregistered': failure?.response?.reason === 'Unregistered',
    });
  } finally {
    await provider.shutdown();
  }
}
