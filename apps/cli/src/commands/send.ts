import type { SendMessageResponse } from '@reveille/contracts/http/send-message';
import type { Command } from 'commander';
import { GatewayClient } from '../town/gateway-client.js';
import { appOf, defaultDataFolder, readReady, secretIn } from '../town/running-town.js';
import { UsageError } from '../usage-error.js';

interface SendOptions {
  readonly data: string;
  readonly app?: string;
  readonly title?: string;
  readonly content?: string;
  readonly payload?: string;
  readonly ttl?: string;
  readonly push: boolean;
  readonly json?: boolean;
}

/** `reveille send <from> <to> <text>`. */
export function addSend(program: Command): void {
  program
    .command('send')
    .description('Send a text from one user to another, with what their phone shows if they are away.')
    .argument('<from>')
    .argument('<to>')
    .argument('<text>')
    .option('--data <dir>', 'the folder of the town', defaultDataFolder)
    .option('--app <id>', 'the app (default: the first one)')
    .option('--title <text>', 'the title on the lock screen (default: the sender)')
    .option('--content <text>', 'the text on the lock screen (default: the message)')
    .option('--payload <text>', 'handed to the app untouched')
    .option('--ttl <seconds>', 'how long the message is worth delivering')
    .option('--no-push', 'send it without a push configuration')
    .option('--json', 'print one JSON object')
    .action(async (from: string, to: string, text: string, options: SendOptions) =>
      send(from, to, text, options),
    );
}

async function send(from: string, to: string, text: string, options: SendOptions): Promise<void> {
  const ready = readReady(options.data);
  const keys = appOf(ready, options.app);
  const gateway = new GatewayClient(ready.urls.gateway, secretIn(keys.serverKeyFile));
  const pushConfig = options.push
    ? { title: options.title ?? from, content: options.content ?? text, payload: options.payload ?? '' }
    : null;
  const answer = await gateway.call<SendMessageResponse>('POST', '/v1/messages', {
    sender: from,
    recipients: [to],
    content: { type: 'text', text },
    pushConfig,
    ttlSeconds: secondsOf(options.ttl),
  });
  if (options.json === true) console.log(JSON.stringify(answer));
  else
    console.log(`accepted ${answer.messageId}\nask "./reveille trace ${answer.messageId}" what became of it`);
}

function secondsOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 1)
    throw new UsageError(`--ttl takes a whole number of seconds, not "${text}"`);
  return seconds;
}
