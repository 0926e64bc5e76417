import type { TimelineAnswer, TimelineEntry } from '@reveille/contracts/ask/router';
import { timelineEntrySchema } from '@reveille/contracts/ask/router';
import type { Command } from 'commander';
import { withLog } from '../audit/open-log.js';
import { type LogFact, readStory } from '../story/read-story.js';
import { printStory, tellStory } from '../story/tell-story.js';
import { GatewayClient } from '../town/gateway-client.js';
import { appOf, defaultDataFolder, readReady, secretIn } from '../town/running-town.js';
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
  const ready = readReady(options.data);
  const keys = appOf(ready, options.app);
  const gateway = new GatewayClient(ready.urls.gateway, secretIn(keys.serverKeyFile));
  const timeline = await gateway.call<TimelineAnswer>(
    'GET',
    `/v1/messages/${encodeURIComponent(messageId)}/timeline`,
  );
  if (options.json === true) console.log(JSON.stringify(timeline));
  else console.log(printStory(tellStory(timeline.entries)));
}

async function traceFromLog(messageId: string, options: TraceOptions): Promise<void> {
  const { app, facts } = await withLog({ data: options.data }, async (bus, ready) => {
    const { id } = appOf(ready, options.app);
    return { app: id, facts: await readStory(bus, id, messageId) };
  });
  if (facts.length === 0) throw new UsageError(`the log has nothing on ${messageId} in app ${app}`);
  if (options.json === true) console.log(JSON.stringify({ app, messageId, entries: facts }));
  else console.log(printStory(tellStory(facts.flatMap(asTimeline))));
}

/** A revoke is in the log and not yet a line of the story. */
function asTimeline({ type, at, position, data }: LogFact): TimelineEntry[] {
  const parsed = timelineEntrySchema.safeParse({ type, at, position, data });
  return parsed.success ? [parsed.data] : [];
}
