import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Bus } from '@reveille/bus/connect';
import { openServiceBus } from '@reveille/bus/open-service-bus';
import { systemClock } from '@reveille/chassis/clock';
import { Health } from '@reveille/chassis/health';
import { Lifecycle } from '@reveille/chassis/lifecycle';
import { createLogger } from '@reveille/chassis/logger';
import { createMetrics } from '@reveille/chassis/metrics';
import { telemetryPart } from '@reveille/chassis/telemetry';
import { streams } from '@reveille/contracts/streams';
import type { Config } from './config.js';
import { LossWatch } from './outbound/loss-watch.js';
import { openDoors } from './open-doors.module.js';
import { type Gateway, openGateway } from './open-gateway.module.js';

const service = 'gateway';
const needed = {
  streams: streams.filter(({ name }) => name === 'MESSAGES' || name === 'APPS'),
  consumers: [],
  buckets: [],
};

/**
 * Longer than proxies and clients usually keep a connection open that nobody uses: who closes it just when the other one sends a
 * request costs them the request.
 */
const keepAliveMs = 75_000;

/** Everything that the process is made of, in the order in which it starts; it stops in reverse. */
export function buildGateway(config: Config): Lifecycle {
  const logger = createLogger({ service, instance: config.instance, level: config.logLevel });
  const health = new Health();
  const metrics = createMetrics({ service });
  let bus: Bus | null = null;
  let gateway: Gateway | null = null;
  let http: NestExpressApplication | null = null;
  const losses = new LossWatch(config.natsGraceMs, {
    lost: () => gateway?.busLost(),
    givenUp: () => void gateway?.sockets.endAll(1012, 'the gateway lost its bus: connect again'),
  });
  return new Lifecycle(logger, health)
    .add(telemetryPart(service, config.instance))
    .add({
      name: 'nats',
      start: async () => {
        bus = await openServiceBus({
          ...{ service, config, needed, logger, clock: systemClock, health },
          onLost: () => losses.lost(),
          onFound: () => losses.found(),
        });
      },
      stop: () => bus?.drain(),
    })
    .add({
      name: 'gateway',
      start: async () => {
        if (bus === null) throw new Error('the gateway starts after NATS');
        gateway = await openGateway({ config, bus, logger, metrics, isServing: () => !losses.isGivenUp });
        await gateway.start();
      },
      stop: () => gateway?.stop(),
    })
    .add({
      name: 'http',
      start: async () => {
        if (gateway === null) throw new Error('the doors open last');
        const { doors } = gateway;
        const { allowedOrigins } = config;
        http = await openDoors({ doors, health, metrics, logger, allowedOrigins });
        const server = http.getHttpServer();
        server.keepAliveTimeout = keepAliveMs;
        gateway.sockets.listenOn(server);
        await http.listen(config.httpPort, config.httpHost);
        const { httpHost: host, httpPort: port, gatewayId } = config;
        logger.info('clients may come', { host, port, gatewayId });
      },
      // Sockets get their good-bye before the server goes; what they say last still reaches presence.
      stop: async () => {
        losses.stop();
        await gateway?.sockets.stop();
        await http?.close();
      },
    });
}
