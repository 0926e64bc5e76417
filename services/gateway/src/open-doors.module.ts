import 'reflect-metadata';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Health } from '@reveille/chassis/health';
import type { Logger } from '@reveille/chassis/logger';
import type { Metrics } from '@reveille/chassis/metrics';
import { HEALTH, HealthController, METRICS } from '@reveille/chassis/nest/health.controller';
import { LOGGER, ProblemFilter } from '@reveille/chassis/nest/problem.filter';
import { maxFrameBytes } from '@reveille/contracts/ws/frames';
import { DOORS, type Doors } from './inbound/doors.js';
import { DeviceController } from './inbound/http/device.controller.js';
import { MessageController } from './inbound/http/message.controller.js';
import { OpenApiController } from './inbound/http/openapi.controller.js';

export interface OpenDoorsOptions {
  readonly doors: Doors;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Empty: pages of other origins may not read the answers. */
  readonly allowedOrigins: readonly string[];
}

interface HeaderSetter {
  setHeader(name: string, value: string): void;
}

/** The HTTP side, not listening yet. */
export async function openDoors(options: OpenDoorsOptions): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(DoorsModule.with(options), {
    logger: false,
    abortOnError: false,
    bodyParser: false,
  });
  app.disable('x-powered-by');
  app.use((_request: unknown, response: HeaderSetter, next: () => void) => {
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('referrer-policy', 'no-referrer');
    response.setHeader('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
    // Answers hold messages and device secrets; what may be kept says so itself.
    response.setHeader('cache-control', 'no-store');
    next();
  });
  app.useBodyParser('json', { limit: maxFrameBytes });
  if (options.allowedOrigins.length > 0) app.enableCors({ origin: [...options.allowedOrigins] });
  return app;
}

@Module({})
class DoorsModule {
  static with({ doors, health, metrics, logger }: OpenDoorsOptions): DynamicModule {
    return {
      module: DoorsModule,
      controllers: [HealthController, MessageController, DeviceController, OpenApiController],
      providers: [
        { provide: DOORS, useValue: doors },
        { provide: HEALTH, useValue: health },
        { provide: METRICS, useValue: metrics },
        { provide: LOGGER, useValue: logger },
        { provide: APP_FILTER, useFactory: (to: Logger) => new ProblemFilter(to), inject: [LOGGER] },
      ],
    };
  }
}
