import type { Bus } from '@reveille/bus/connect';
import { pauseConsumer, resumeConsumer } from '@reveille/bus/pause-consumer';
import type { Health } from '@reveille/chassis/health';
import type { Logger } from '@reveille/chassis/logger';
import type { Metrics } from '@reveille/chassis/metrics';
import type { Timers } from '@reveille/chassis/timers';
import type { AppId } from '@reveille/contracts/ids';
import { lanes } from '@reveille/contracts/push/lane';
import type { VendorName } from '@reveille/contracts/push/vendor';
import { pushConsumer } from '@reveille/contracts/streams';
import type { Clock } from '../ports.js';
import { type GateState, PushGate } from './push-gate.js';

export interface OpenGatesOptions {
  readonly bus: Bus;
  readonly logger: Logger;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly timers: Timers;
}

/** Makes the gates of apps and vendors: they pause and resume the consumers of all lanes, and report it. */
export function openGates({ bus, logger, health, metrics, clock, timers }: OpenGatesOptions) {
  const paused = metrics.gauge('push_paused', '1 while the credential of an app and vendor is refused.', [
    'app',
    'vendor',
  ]);
  return (app: AppId, vendor: VendorName): PushGate => {
    const consumers = lanes.map((lane) => pushConsumer(vendor, lane, app));
    const forAll = async (what: string, act: (stream: string, consumer: string) => Promise<void>) => {
      await Promise.all(
        consumers.map(({ stream, name }) =>
          act(stream, name).catch((error: unknown) =>
            logger.warn(`a consumer could not be ${what}`, { app, consumer: name, error }),
          ),
        ),
      );
    };
    const report = ({ isShut, cause, until }: GateState) => {
      paused.set(isShut ? 1 : 0, { app, vendor });
      if (isShut) {
        // Reported, not critical: the other apps of this process are served.
        health.set(`${vendor} of ${app}`, false, `credential refused: ${cause}`, false);
        logger.error('a credential is refused: pushes of this app and vendor wait', {
          app,
          vendor,
          cause,
          until,
        });
      } else {
        health.forget(`${vendor} of ${app}`);
        logger.info('a credential works again', { app, vendor });
      }
    };
    return new PushGate({
      clock,
      after: (milliseconds, action) => timers.after(milliseconds, action),
      pauseConsumers: (untilAt) =>
        forAll('paused', (stream, consumer) => pauseConsumer(bus, stream, consumer, untilAt)),
      resumeConsumers: () => forAll('resumed', (stream, consumer) => resumeConsumer(bus, stream, consumer)),
      report,
    });
  };
}
