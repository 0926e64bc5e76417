import { createRequire } from 'node:module';
import { reportOf, type ForeignClient, type ForeignReport } from './foreign-client.js';
import type { ProviderDesk } from './provider-desk.js';

/** What is used of the package, which has no types. */
interface Xiaomipush {
  readonly Constants: { setPackage(name: string): void; setSecret(secret: string): void };
  readonly Builder: new () => Message;
  readonly Sender: new () => {
    send(message: Message, regId: string, retries: number): Promise<Result>;
    sendToIds(message: Message, regIds: readonly string[], retries: number): Promise<Result>;
  };
}
interface Message {
  Title(text: string): void;
  Description(text: string): void;
  Payload(text: string): void;
  NotifyId(id: number): void;
  Build(): void;
}
interface Result {
  readonly data: { readonly data?: { readonly id?: string; readonly bad_regids?: string } };
  getErrorCode(): number;
}

/** npm xiaomipush, whose host is built in. */
export function xiaomipushClient(name: string, desk: ProviderDesk): ForeignClient {
  return { name, run: () => run(desk) };
}

async function run(desk: ProviderDesk): Promise<ForeignReport> {
  const require = createRequire(import.meta.url);
  // Its main file offers less than its parts.
  const Constants = require('xiaomipush/Constants') as Xiaomipush['Constants'];
  const Builder = require('xiaomipush/Builder') as Xiaomipush['Builder'];
  const Sender = require('xiaomipush/Sender') as Xiaomipush['Sender'];
  const { credential } = await desk.account('xiaomi');
  Constants.setPackage(desk.bundle);
  Constants.setSecret(credential.trim());
  const [phone, dead] = [await desk.phone('xiaomi'), await desk.deadToken('xiaomi')];
  const sender = new Sender();
  const batch = await sender.sendToIds(messageOf(Builder), [phone.token, dead], 0);
  const none = await sender.sendToIds(messageOf(Builder), [dead], 0);
  // It misspells registration_id here, and goes on with the fields of its message.
  const single = await sender.send(messageOf(Builder), phone.token, 0);
  const [shown] = (await desk.screen(phone)).notifications;
  return reportOf(
    'a batch shown on the phone with its dead id in bad_regids, 20301 for a dead id alone, 10016 for its misspelt single send',
    {
      'the batch is accepted under an id': batch.getErrorCode() === 0 && batch.data.data?.id !== undefined,
      'the dead id stands in bad_regids': batch.data.data?.bad_regids === dead,
      'the phone shows it': shown?.title === 'xiaomipush' && shown.body === 'hello',
      'a dead id alone is 20301': none.getErrorCode() === 20301,
      'a send without registration_id is 10016': single.getErrorCode() === 10016,
    },
  );
}

function messageOf(Builder: Xiaomipush['Builder']): Message {
  const message = new Builder();
  message.Title('xiaomipush');
  message.Description('hello');
  message.Payload('p');
  message.NotifyId(7);
  message.Build();
  return message;
}
