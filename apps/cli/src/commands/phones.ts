import type { Command } from 'commander';
import { defaultDataFolder, readReady } from '../town/running-town.js';
import { readOwners } from '../town/phone-owners.js';
import { SandboxClient, type SandboxNotification, type SandboxPhone } from '../town/sandbox-client.js';
import { UsageError } from '../usage-error.js';

interface PhonesOptions {
  readonly data: string;
  readonly json?: boolean;
  readonly once?: boolean;
}

/** `reveille phones`: the virtual phones and their lock screens, live. */
export function addPhones(program: Command): void {
  program
    .command('phones')
    .description('Show the virtual phones and their lock screens, live; Ctrl-C ends it.')
    .option('--data <dir>', 'the folder of the town', defaultDataFolder)
    .option('--once', 'show them once and end')
    .option('--json', 'with --once: print one JSON object')
    .action(async (options: PhonesOptions) => {
      const { data, urls } = readReady(options.data);
      const { sandbox } = urls;
      if (sandbox === null)
        throw new UsageError('this town runs with --no-sandbox: it has no virtual phones');
      await showPhones(new SandboxClient(sandbox), data, options);
    });
}

interface PhoneView extends SandboxPhone {
  /** Whom "register" gave it to. */
  readonly user: string | null;
  readonly notifications: readonly SandboxNotification[];
}

/** More phones than a screen holds are not drawn: load tests make thousands. */
const phonesDrawn = 12;
const linesDrawn = 5;

async function showPhones(sandbox: SandboxClient, data: string, options: PhonesOptions): Promise<void> {
  if (options.json === true) {
    console.log(JSON.stringify({ phones: await readPhones(sandbox, data, Number.POSITIVE_INFINITY) }));
    return;
  }
  const draw = async (): Promise<void> => {
    const [phones, all] = [await readPhones(sandbox, data, phonesDrawn), (await sandbox.phones()).length];
    const text =
      phones.length === 0
        ? 'no phones yet: "./reveille register bob" gives Bob one'
        : phones.map(drawPhone).join('\n\n');
    const more = all > phones.length ? `\n\n… and ${all - phones.length} phones more` : '';
    if (options.once !== true && process.stdout.isTTY) process.stdout.write('\u001b[2J\u001b[H');
    console.log(`${text}${more}${options.once === true ? '' : '\n'}`);
  };
  await draw();
  if (options.once === true) return;
  for await (const _event of eventsOf(sandbox.url)) await draw();
}

async function readPhones(sandbox: SandboxClient, data: string, limit: number): Promise<PhoneView[]> {
  const owners = readOwners(data);
  const newest = (await sandbox.phones()).reverse().slice(0, limit);
  return Promise.all(
    newest.map(async (phone) => ({
      ...phone,
      user: owners[phone.phoneId] ?? null,
      notifications: await sandbox.lockScreen(phone.phoneId),
    })),
  );
}

function drawPhone(phone: PhoneView): string {
  const width = 58;
  const state = [
    phone.online ? 'online' : 'off the network',
    ...(phone.isInstalled ? [] : ['app not installed']),
  ].join(', ');
  const lines = phone.notifications
    .slice(-linesDrawn)
    .flatMap(({ title, body, shownCount }) => [
      `● ${title ?? ''}${shownCount > 1 ? ` (alerted ${shownCount} times)` : ''}`,
      ...(body === null || body === '' ? [] : [`  ${body}`]),
    ]);
  const content = lines.length === 0 ? ['(nothing on the lock screen)'] : lines;
  const row = (text: string): string => {
    const line = cut(text, width);
    return `│ ${line}${' '.repeat(Math.max(0, width - widthOf(line)))} │`;
  };
  return [
    `╭${'─'.repeat(width + 2)}╮`,
    row(`${phone.user === null ? '' : `${phone.user}: `}${phone.name} ${phone.phoneId}, ${state}`),
    `├${'─'.repeat(width + 2)}┤`,
    ...content.map(row),
    `╰${'─'.repeat(width + 2)}╯`,
  ].join('\n');
}

/** Columns on a terminal: an emoji or a wide East Asian character takes two, whatever it is made of. */
const wide =
  /\p{Extended_Pictographic}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}/u;
const charactersOf = (text: string): string[] =>
  [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
const widthOf = (text: string): number =>
  charactersOf(text).reduce((sum, character) => sum + (wide.test(character) ? 2 : 1), 0);

function cut(text: string, width: number): string {
  const line = text.replaceAll(/\s+/g, ' ');
  if (widthOf(line) <= width) return line;
  let kept = '';
  for (const character of charactersOf(line)) {
    if (widthOf(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** One item per server-sent event, bursts drawn together; ends when the sandbox goes. */
async function* eventsOf(url: string): AsyncGenerator<void> {
  const response = await fetch(`${url}/events`);
  if (response.body === null) return;
  for await (const chunk of response.body) {
    if (new TextDecoder().decode(chunk as Uint8Array).includes('event:')) yield;
  }
}
