import type { Bus } from '@reveille/bus/connect';
import { pauseConsumer, resumeConsumer } from '@reveille/bus/pause-consumer';
import type { Health } from '@reveille/chassis/health';
import type { Logger } from '@reveille/chassis/logger';
import type { Metrics } from '@reveille/chassis/metrics';
import type { Timers } from '@reveille/chassis/timers';
import type { AppId } from '@reveille/contracts/ids';
import { lanes } from '@reveille/contracts/push/lane';
import { lineRecordKeys, shutRecordSchema } from '@reveille/contracts/push/line-records';
import type { VendorName } from '@reveille/contracts/push/vendor';
import { pushConsumer } from '@reveille/contracts/streams';
import type { Clock, GateTrouble } from '../ports.js';
import type { ServiceOutage } from '../protocol/service-health.js';
import type { LineRecords } from './line-records.js';
import { type GateState, PushGate } from './push-gate.js';

export interface OpenGatesOptions {
  readonly bus: Bus;
  readonly records: LineRecords;
  readonly logger: Logger;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly timers: Timers;
}

/** Calls are taken first when a pause ends, then chat, then what is left. */
const laneStaggerMs = 250;

/**
 * Makes the gates of apps and vendors: they pause and resume the consumers of all lanes, report it, and write it down for the
 * other workers and for the next start.
 */
export function openGates({ bus, records, logger, health, metrics, clock, timers }: OpenGatesOptions) {
  const paused = metrics.gauge('push_paused', '1 while the pushes of an app and vendor wait.', [
    'app',
    'vendor',
  ]);
  const servicesOut = metrics.gauge(
    'push_services_out',
    'How many of the services that an app and vendor lead to are out, where there are many.',
    ['app', 'vendor'],
  );
  return (app: AppId, vendor: VendorName): PushGate => {
    const consumers = lanes.map((lane) => pushConsumer(vendor, lane, app));
    const key = lineRecordKeys.shut(app, vendor);
    const unwritten = (error: unknown) =>
      logger.warn('that a line is shut, or open again, could not be written down', { app, vendor, error });
    const attempt = async (what: string, consumer: string, act: Promise<void>) => {
      await act.catch((error: unknown) =>
        logger.warn(`a consumer could not be ${what}`, { app, consumer, error }),
      );
    };
    const gate = new PushGate({
      clock,
      after: (milliseconds, action) => timers.after(milliseconds, action),
      pauseConsumers: async (untilAt) => {
        await Promise.all(
          consumers.map(({ stream, name }, place) =>
            attempt('paused', name, pauseConsumer(bus, stream, name, untilAt + place * laneStaggerMs)),
          ),
        );
      },
      resumeConsumers: async () => {
        for (const { stream, name } of consumers)
          await attempt('resumed', name, resumeConsumer(bus, stream, name));
      },
      report: reportOf({ logger, health, paused }, app, vendor),
      reportService: reportServiceOf({ logger, health, servicesOut }, app, vendor),
      share: (state) => {
        if (state !== null) records.put(key, state).catch(unwritten);
        else records.remove(key).catch(unwritten);
      },
    });
    records.watch(key, shutRecordSchema, (found, state) => {
      // One app's name may begin with another's.
      if (found !== key) return;
      if (state === null) gate.lift();
      else gate.adopt(state);
    });
    return gate;
  };
}

interface Reporting extends Pick<OpenGatesOptions, 'logger' | 'health'> {
  readonly paused: ReturnType<Metrics['gauge']>;
}

/** How each trouble begins on the readiness page; the vendor's word follows. */
const wordOf: Readonly<Record<GateTrouble['kind'], string>> = {
  credential: 'credential refused',
  outage: 'vendor out',
  condemned: 'tokens condemned',
};

function reportOf({ logger, health, paused }: Reporting, app: AppId, vendor: VendorName) {
  const part = `${vendor} of ${app}`;
  return (state: GateState): void => {
    paused.set(state === null ? 0 : 1, { app, vendor });
    if (state === null) {
      health.forget(part);
      logger.info('a line is open again', { app, vendor });
      return;
    }
    const { kind, cause, sinceAt, untilAt } = state;
    // Reported, not critical: the other apps of this process are served.
    health.set(part, false, `${wordOf[kind]}: ${cause}`, false, sinceAt);
    logger.error('a line is shut: pushes of this app and vendor wait', {
      app,
      vendor,
      because: wordOf[kind],
      cause,
      until: untilAt,
    });
  };
}

interface ServiceReporting extends Pick<OpenGatesOptions, 'logger' | 'health'> {
  readonly servicesOut: ReturnType<Metrics['gauge']>;
}

function reportServiceOf({ logger, health, servicesOut }: ServiceReporting, app: AppId, vendor: VendorName) {
  const out = new Set<string>();
  return (origin: string, outage: ServiceOutage | null): void => {
    const part = `${vendor} of ${app} at ${origin}`;
    if (outage === null) {
      out.delete(origin);
      health.forget(part);
      logger.info('a push service is back', { app, vendor, origin });
    } else {
      out.add(origin);
      health.set(part, false, `${wordOf.outage}: ${outage.cause}`, false);
      logger.error('a push service is out: its pushes wait, those to others go on', {
        app,
        vendor,
        origin,
        cause: outage.cause,
        until: outage.untilAt,
      });
    }
    servicesOut.set(out.size, { app, vendor });
  };
}
