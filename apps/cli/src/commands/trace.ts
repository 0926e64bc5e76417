import type { Bus } from '@reveille/bus/connect';
import type { TimelineAnswer, TimelineEntry } from '@reveille/contracts/ask/router';
import { timelineEntrySchema } from '@reveille/contracts/ask/router';
import { condemnsToken } from '@reveille/contracts/push/outcome';
import type { Command } from 'commander';
import { withLog } from '../audit/open-log.js';
import { type Letter, readLetters } from '../dead-letters/letter-log.js';
import { printLettersOf } from '../dead-letters/tell-letters.js';
import { type LogFact, readStory } from '../story/read-story.js';
import { printStory, tellStory } from '../story/tell-story.js';
import { printWaiting, tellWaiting, type WaitingPush } from '../story/tell-waiting.js';
import { GatewayClient } from '../town/gateway-client.js';
import { readHaltedLines } from '../town/halted-lines.js';
import { readSuspectedLines, type SuspectedLine, suspectedText } from '../town/suspected-lines.js';
import { appOf, defaultDataFolder, isRunning, readReady, secretIn } from '../town/running-town.js';
import { UsageError } from '../usage-error.js';

interface TraceOptions {
  readonly data: string;
  readonly app?: string;
  readonly fromLog?: boolean;
  readonly json?: boolean;
}

/** `reveille trace <messageId>`: a message's story, from the read model or from the log alone. */
export function addTrace(program: Command): void {
  program
    .command('trace')
    .description(
      "Tell a message's story: accepted, asked, the verdict on each device with its facts, every attempt and answer.",
    )
    .argument('<messageId>', 'as the sender was told it')
    .option('--data <dir>', 'the folder of the town', defaultDataFolder)
    .option('--app <id>', 'the app of the message (default: the first one)')
    .option('--from-log', 'read JetStream alone: works while router and Postgres are down')
    .option('--json', 'print one JSON object')
    .action(async (messageId: string, options: TraceOptions) => {
      await trace(messageId, options);
    });
}

async function trace(messageId: string, options: TraceOptions): Promise<void> {
  if (options.fromLog === true) return traceFromLog(messageId, options);
  if (!isRunning(options.data))
    throw new UsageError(
      `no town runs on ${options.data}: "./reveille trace ${messageId} --from-log" reads the log that it has left, "./reveille up" starts it again`,
    );
  const ready = readReady(options.data);
  const keys = appOf(ready, options.app);
  const gateway = new GatewayClient(ready.urls.gateway, secretIn(keys.serverKeyFile));
  const timeline = await gateway.call<TimelineAnswer>(
    'GET',
    `/v1/messages/${encodeURIComponent(messageId)}/timeline`,
  );
  const waiting = tellWaiting(timeline.entries, keys.id, await readHaltedLines(ready), now());
  const suspected = suspectedOf(timeline.entries, keys.id, await readSuspectedLines(ready));
  const letters = await withLog({ data: options.data }, (bus) => lettersOf(bus, keys.id, messageId));
  if (options.json === true)
    console.log(JSON.stringify({ ...timeline, waiting, suspected, deadLetters: letters }));
  else console.log(storyText(timeline.entries, { waiting, suspected, letters }));
}

const now = (): number => performance.timeOrigin + performance.now();

async function lettersOf(bus: Bus, app: string, messageId: string): Promise<Letter[]> {
  return (await readLetters(bus)).filter((letter) => letter.app === app && letter.messageId === messageId);
}

interface Postscript {
  readonly waiting: readonly WaitingPush[];
  readonly suspected: readonly SuspectedLine[];
  readonly letters: readonly Letter[];
}

function storyText(entries: readonly TimelineEntry[], { waiting, suspected, letters }: Postscript): string {
  const story = printStory(tellStory(entries));
  return [
    story,
    ...printLettersOf(letters),
    ...waiting.map(printWaiting),
    ...suspected.map(suspectedText),
  ].join('\n');
}

/** The lines that are not believed, of the vendors that condemned a token of this message. */
function suspectedOf(
  entries: readonly TimelineEntry[],
  app: string,
  suspected: readonly SuspectedLine[],
): SuspectedLine[] {
  const vendors = new Set<string>();
  for (const { type, data } of entries) {
    if (type === 'push-receipted' && data.status === 'token-unregistered') vendors.add(data.vendor);
    if (type === 'push-attempted' && data.outcomes.some(({ outcome }) => condemnsToken(outcome)))
      vendors.add(data.vendor);
  }
  return suspected.filter((line) => line.app === app && vendors.has(line.vendor));
}

async function traceFromLog(messageId: string, options: TraceOptions): Promise<void> {
  const { app, facts, halted, lines, letters } = await withLog({ data: options.data }, async (bus, ready) => {
    const { id } = appOf(ready, options.app);
    return {
      app: id,
      facts: await readStory(bus, id, messageId),
      letters: await lettersOf(bus, id, messageId),
      halted: await readHaltedLines(ready),
      lines: await readSuspectedLines(ready),
    };
  });
  if (facts.length === 0) throw new UsageError(`the log has nothing on ${messageId} in app ${app}`);
  const entries = facts.flatMap(asTimeline);
  const waiting = tellWaiting(entries, app, halted, now());
  const suspected = suspectedOf(entries, app, lines);
  if (options.json === true)
    console.log(JSON.stringify({ app, messageId, entries: facts, waiting, suspected, deadLetters: letters }));
  else console.log(storyText(entries, { waiting, suspected, letters }));
}

/** What the timeline does not tell is left out. */
function asTimeline({ type, at, position, data }: LogFact): TimelineEntry[] {
  const parsed = timelineEntrySchema.safeParse({ type, at, position, data });
  return parsed.success ? [parsed.data] : [];
}
