import type { Bus } from '@reveille/bus/connect';
import type { Clock } from '@reveille/chassis/clock';
import type { Health } from '@reveille/chassis/health';
import type { Logger } from '@reveille/chassis/logger';
import type { Metrics } from '@reveille/chassis/metrics';
import { fold, handleCommand } from '@reveille/eventing/handle-command';
import type { Kysely } from 'kysely';
import { pushLineDecider } from './domain/push-line/push-line.decide.js';
import type { SuspicionPolicy } from './domain/push-line/suspicion.js';
import { restoreTokens } from './handlers/restore-tokens.js';
import { tendPushLines } from './handlers/tend-push-lines.js';
import { trustPushLine } from './handlers/trust-push-line.js';
import { weighVerdicts } from './handlers/weigh-verdicts.js';
import type { PushLineAskHandlers } from './inbound/bus/push-line.responder.js';
import type { RecurringWork } from './inbound/recurring.js';
import type { Directory } from './open-directory.module.js';
import { createPushLinesRepository, type PushLinesRepository } from './outbound/db/push-lines.repository.js';
import type { PresenceTables } from './outbound/db/schema.js';
import { openPushLineEvents, openTokenWords } from './outbound/push-lines.js';
import type { DeadTokens, PushLines, SuspectedLine } from './ports.js';

export interface PushLineSurroundings {
  readonly bus: Bus;
  readonly db: Kysely<PresenceTables>;
  readonly directory: Pick<Directory, 'devices' | 'vault' | 'projector'>;
  readonly policy: SuspicionPolicy;
  readonly clock: Clock;
  readonly newEventId: () => string;
  readonly logger: Logger;
  readonly health: Health;
  readonly metrics: Metrics;
}

/** What weighs the vendors' words about tokens. */
export interface PushLineRoom {
  readonly weigh: ReturnType<typeof weighVerdicts>;
  readonly asks: PushLineAskHandlers;
  readonly recurring: readonly RecurringWork[];
}

const mostPerPage = 400;
const tendEveryMs = 5_000;
const lookEveryMs = 2_000;

export function openPushLines(around: PushLineSurroundings): PushLineRoom {
  const { bus, db, directory, policy, clock, metrics } = around;
  const { devices, projector } = directory;
  const repository = createPushLinesRepository(db);
  const lines = openLines(around, repository);
  const dead: DeadTokens = {
    async deadSince(line, sinceAt) {
      // What was restored a moment ago must not be found again.
      await devices.whenInDirectory(await bus.streamTail('DEVICES'));
      return repository.dead(line, sinceAt, mostPerPage);
    },
    lostSince: (line, sinceAt) => repository.lost(line, sinceAt),
  };
  const { registeredAt } = directory.vault;
  const words = openTokenWords(bus, repository, clock);
  const weigh = weighVerdicts({ devices, vault: { ...dead, registeredAt }, lines, words, clock }, policy);
  const verdicts = metrics.counter('token_verdicts_total', 'Words of vendors that condemn tokens.', [
    'app',
    'vendor',
    'result',
  ]);
  const tend = tendPushLines({ devices, vault: dead, lines, words, clock }, policy);
  return {
    async weigh(said) {
      const result = await weigh(said);
      verdicts.add({ app: said.app, vendor: said.vendor, result }, said.words.length);
      return result;
    },
    asks: {
      restoreTokens: restoreTokens({ devices, vault: dead, clock }),
      trustPushLine: trustPushLine({ lines, clock }),
    },
    recurring: [
      {
        name: 'tend push lines',
        everyMs: tendEveryMs,
        work: () => (projector.isLeading() ? tend() : Promise.resolve()),
      },
      { name: 'look at push lines', everyMs: lookEveryMs, work: reportSuspected(around, lines) },
    ],
  };
}

function openLines(
  { bus, clock, newEventId, logger }: PushLineSurroundings,
  repository: PushLinesRepository,
): PushLines {
  const store = openPushLineEvents(bus, { clock, newEventId });
  return {
    async handle(address, command) {
      const handled = await handleCommand(pushLineDecider, store, address, command);
      const { decision } = handled;
      for (const { type, data } of decision.kind === 'accepted' ? decision.events : []) {
        const { app, vendor } = address;
        if (type === 'push-line-trusted') logger.info('a vendor is believed again', { app, vendor });
        else {
          const because = `${data.condemned} of ${data.heard} pushes condemned their token`;
          logger.error('a vendor is not believed: no token dies', { app, vendor, because });
        }
      }
      return handled;
    },
    find: async (address) => fold(pushLineDecider, await store.load(address)),
    suspected: () => repository.suspected(),
  };
}

/** Every presence says on its readiness page which lines are suspected; that makes none unready. */
function reportSuspected({ health, metrics }: PushLineSurroundings, lines: PushLines) {
  const gauge = metrics.gauge(
    'push_line_suspected',
    '1 while a vendor is not believed about an app’s tokens.',
    ['app', 'vendor'],
  );
  let reported: readonly SuspectedLine[] = [];
  return async (): Promise<void> => {
    const suspected = await lines.suspected();
    for (const { app, vendor, condemned, heard } of suspected) {
      const detail = `suspected: ${condemned} of ${heard} pushes condemned their token`;
      health.set(partOf(app, vendor), false, detail, false);
      gauge.set(1, { app, vendor });
    }
    for (const { app, vendor } of reported) {
      if (suspected.some((line) => line.app === app && line.vendor === vendor)) continue;
      health.forget(partOf(app, vendor));
      gauge.set(0, { app, vendor });
    }
    reported = suspected;
  };
}

const partOf = (app: string, vendor: string): string => `${vendor} tokens of ${app}`;
