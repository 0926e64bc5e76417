import type { Bus } from '@reveille/bus/connect';
import { systemClock } from '@reveille/chassis/clock';
import type { CrashPoint } from '@reveille/chassis/crash-point';
import { type Database, tryLock } from '@reveille/chassis/database';
import type { Health } from '@reveille/chassis/health';
import { systemIds } from '@reveille/chassis/id-source';
import type { Logger } from '@reveille/chassis/logger';
import type { Metrics } from '@reveille/chassis/metrics';
import type { AppDocument } from '@reveille/contracts/app/events';
import { consumers } from '@reveille/contracts/streams';
import { type ChangeApp, changeApp } from './handlers/change-app.js';
import { checkStanding } from './handlers/check-standing.js';
import { configureApps } from './handlers/configure-apps.js';
import { type DeliverMessage, deliverMessage } from './handlers/deliver-message.js';
import { findMessage } from './handlers/find-message.js';
import { locatePushes } from './handlers/locate-pushes.js';
import { readInbox } from './handlers/read-inbox.js';
import { recordLateAcknowledgement } from './handlers/record-late-acknowledgement.js';
import { type SettleDeadLetter, settleDeadLetter } from './handlers/settle-dead-letter.js';
import { settleRounds } from './handlers/settle-rounds.js';
import { showTimeline } from './handlers/show-timeline.js';
import { type WithdrawPushes, withdrawPushes } from './handlers/withdraw-pushes.js';
import type { AcknowledgementHandlers } from './inbound/bus/acknowledgement.listener.js';
import { AppDirectory, appOutbox } from './outbound/app-directory.js';
import { askLive } from './outbound/ask-live.js';
import { watchAvailability } from './outbound/db/availability.js';
import { writeDeliveries } from './outbound/db/delivery-view.js';
import { writeMessages } from './outbound/db/message-view.js';
import { writePushes } from './outbound/db/push-view.js';
import type { RouterTables } from './outbound/db/schema.js';
import { sweepViews } from './outbound/db/sweep-views.js';
import { ViewReader } from './outbound/db/view-reader.js';
import { createViewStore, type ViewName, views } from './outbound/db/view-store.js';
import { deadLetterShelf } from './outbound/dead-letter-shelf.js';
import { deviceLookup } from './outbound/device-lookup.js';
import { factReruns } from './outbound/fact-reruns.js';
import { factOutbox } from './outbound/fact-outbox.js';
import { readDeliveryFacts, readMessageFacts, readPushFacts } from './outbound/read-facts.js';
import { readViews } from './outbound/read-views.js';
import { routerMeter } from './outbound/router-meter.js';
import { TimerQueue } from './outbound/timer-queue.js';
import { ViewHost, type ViewHostOptions } from './outbound/view-host.js';
import { projectDeliveries } from './projections/deliveries.projection.js';
import { projectMessages } from './projections/messages.projection.js';
import { projectPushes } from './projections/pushes.projection.js';
import { HeldMessages } from './protocol/held-messages.js';

export interface Surroundings {
  readonly apps: readonly AppDocument[];
  readonly checkpoint: CrashPoint;
  readonly bus: Bus;
  readonly database: Database<RouterTables>;
  readonly logger: Logger;
  readonly health: Health;
  readonly metrics: Metrics;
}

/** The router without its doors. */
export interface Router {
  readonly deliver: DeliverMessage;
  readonly withdraw: WithdrawPushes;
  readonly acknowledgements: AcknowledgementHandlers;
  readonly findMessage: ReturnType<typeof findMessage>;
  readonly readInbox: ReturnType<typeof readInbox>;
  readonly showTimeline: ReturnType<typeof showTimeline>;
  readonly checkStanding: ReturnType<typeof checkStanding>;
  readonly locatePushes: ReturnType<typeof locatePushes>;
  readonly changeApp: ChangeApp;
  readonly settleDeadLetter: SettleDeadLetter;
  /** What only waits is handed back; call it before the consumer stops. */
  stopWaiting(): void;
  stop(): Promise<void>;
}

/** Another router has a message from its ack wait on; a second less, since the way to the log takes time too. */
const holdMs = consumers.deliverMessage.ackWaitMs - 1_000;
const sweepEveryMs = 3_600_000;
const figuresEveryMs = 1_000;
const lagEveryMs = 5_000;

/**
 * A transaction of a few rows costs as much as one of a hundred, so under load the views rest. Inboxes and revocations are read as
 * they are; of the others whoever needs the newest waits for it, and ends the rest by that.
 */
const restMs = { messages: 25, deliveries: 100, pushes: 100 };

const viewParts: Readonly<
  Record<ViewName, (logger: Logger) => Pick<ViewHostOptions, 'consumer' | 'write' | 'restMs'>>
> = {
  messages: (logger) => ({
    consumer: consumers.messagesView,
    restMs: restMs.messages,
    write: (db, batch) => writeMessages(db, projectMessages(readMessageFacts(batch, logger))),
  }),
  deliveries: (logger) => ({
    consumer: consumers.deliveriesView,
    restMs: restMs.deliveries,
    write: (db, batch) => writeDeliveries(db, projectDeliveries(readDeliveryFacts(batch, logger))),
  }),
  pushes: (logger) => ({
    consumer: consumers.pushesView,
    restMs: restMs.pushes,
    write: (db, batch) => writePushes(db, projectPushes(readPushFacts(batch, logger))),
  }),
};

/** Resolves when APPS says what the file says and the views have caught up: then messages may be taken. */
export async function openRouter(around: Surroundings): Promise<Router> {
  const { bus, database, logger, health, metrics, checkpoint } = around;
  const clock = systemClock;
  const time = new TimerQueue(clock);
  const meter = routerMeter(metrics, logger);
  const directory = new AppDirectory(bus);
  const outbox = { ...factOutbox(bus, clock, systemIds), app: appOutbox(bus, directory, clock, systemIds) };
  const hosts = openHosts(around);
  const availability = watchAvailability(database.ping, (isUp) => {
    health.set('postgres', isUp, isUp ? '' : 'does not answer');
    logger[isUp ? 'info' : 'warn'](isUp ? 'Postgres answers again' : 'Postgres does not answer');
  });
  health.set('postgres', true);
  const seen = readViews({
    bus,
    reader: new ViewReader(database.db),
    hosts,
    time,
    assertAvailable: () => availability.assert(),
  });

  await directory.start();
  const { said, outdated } = await configureApps({ apps: directory, outbox }, around.apps);
  for (const { type, app } of said) logger.info('an app is as the file says', { app, type });
  for (const app of outdated)
    logger.warn('the file says of an app what stood before "reveille apply" changed it: that change stays', {
      app,
    });
  await Promise.all(views.map((view) => hosts[view].start()));
  for (const view of views) health.set(`view ${view}`, true);

  const held = new HeldMessages();
  const recurring = recur({ hosts, database, logger, metrics, meter, now: () => clock.now() });
  metrics.observed('messages_held', 'Messages that are waited for or worked on.', () => held.size);
  const deliver = deliverMessage(
    {
      apps: directory,
      reach: { live: askLive(bus), devices: deviceLookup(bus, meter.lookedUp), time },
      ledger: seen,
      rounds: settleRounds({ outbox, time, checkpoint, meter }, holdMs),
      meter,
    },
    held,
  );
  const withdraw = withdrawPushes({ ledger: seen, outbox, time });
  return {
    deliver,
    withdraw,
    acknowledgements: {
      count(app, { user, deviceId, messageIds }) {
        for (const messageId of messageIds) held.acknowledge(app, messageId, user, deviceId);
      },
      recordLate: recordLateAcknowledgement({ verdicts: seen, outbox, time, onLost: meter.lateLost }),
    },
    findMessage: findMessage({ views: seen }),
    readInbox: readInbox({ views: seen }),
    showTimeline: showTimeline({ views: seen }),
    checkStanding: checkStanding({ views: seen }),
    locatePushes: locatePushes({ views: seen }),
    settleDeadLetter: settleDeadLetter({
      letters: deadLetterShelf(bus),
      reruns: factReruns(bus, clock, { deliver, withdraw }),
      outbox,
    }),
    changeApp: changeApp({ apps: directory, outbox }),
    stopWaiting: () => held.stopWaiting(),
    async stop() {
      for (const timer of recurring) clearInterval(timer);
      await directory.stop();
      await Promise.all(views.map((view) => hosts[view].stop()));
      availability.stop();
      time.stop();
    },
  };
}

type Hosts = Readonly<Record<ViewName, ViewHost>>;

function openHosts({ bus, database, logger, health, checkpoint }: Surroundings): Hosts {
  const { db } = database;
  const store = createViewStore(db, () => checkpoint('router.before-commit'));
  const open = (view: ViewName): ViewHost =>
    new ViewHost(bus, {
      ...viewParts[view](logger),
      view,
      store,
      lock: () => tryLock(db, `router view ${view}`),
      onFatal: (error) => {
        logger.error('a view cannot be kept up', { view, error });
        health.set(`view ${view}`, false, error.message);
      },
    });
  return { messages: open('messages'), deliveries: open('deliveries'), pushes: open('pushes') };
}

interface Recurring {
  readonly hosts: Hosts;
  readonly database: Database<RouterTables>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly meter: { flush(): void };
  readonly now: () => number;
}

function recur({ hosts, database, logger, metrics, meter, now }: Recurring): NodeJS.Timeout[] {
  const lag = metrics.gauge('view_lag_messages', 'Messages that a view has not seen.', ['view']);
  const keepsUp = metrics.gauge('view_kept_up', '1 in the router that keeps this view up.', ['view']);
  const every = (ms: number, name: string, work: () => Promise<void>): NodeJS.Timeout => {
    const run = () => void work().catch((error: unknown) => logger.warn(`${name} failed`, { error }));
    const timer = setInterval(run, ms);
    timer.unref();
    return timer;
  };
  return [
    every(figuresEveryMs, 'counting', async () => meter.flush()),
    every(lagEveryMs, 'measuring the lag of the views', async () => {
      for (const view of views) {
        lag.set((await hosts[view].lag()) ?? 0, { view });
        keepsUp.set(hosts[view].isKeepingUp() ? 1 : 0, { view });
      }
    }),
    every(sweepEveryMs, 'sweeping the views', async () => {
      if (hosts.messages.isKeepingUp()) await sweepViews(database.db, now());
    }),
  ];
}
