import 'reflect-metadata';
import { type DynamicModule, type INestApplication, Module, type Provider, type Type } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { UnavailableError } from '@reveille/contracts/errors';
import type { Health } from '../health.js';
import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import { HEALTH, HealthController, METRICS } from './health.controller.js';
import { ProblemFilter } from './problem.filter.js';

export interface HealthPageOptions {
  readonly host: string;
  readonly port: number;
  readonly health: Health;
  readonly metrics: Metrics;
  /** Further doors of the service; their bodies come unread, their errors leave as problem documents. */
  readonly doors?: {
    readonly controllers: readonly Type[];
    readonly providers: readonly Provider[];
    readonly logger: Logger;
  };
}

@Module({})
class HealthModule {
  static with({ health, metrics, doors }: HealthPageOptions): DynamicModule {
    const filter = doors && { provide: APP_FILTER, useValue: new ProblemFilter(doors.logger) };
    return {
      module: HealthModule,
      controllers: [HealthController, ...(doors?.controllers ?? [])],
      providers: [
        { provide: HEALTH, useValue: health },
        { provide: METRICS, useValue: metrics },
        ...(doors?.providers ?? []),
        ...(filter === undefined ? [] : [filter]),
      ],
    };
  }
}

/** The HTTP side of a service that has no other: health, readiness and metrics. @throws UnavailableError when the port is taken. */
export async function openHealthPage(options: HealthPageOptions): Promise<INestApplication> {
  const { host, port } = options;
  const http = await NestFactory.create(HealthModule.with(options), {
    logger: false,
    abortOnError: false,
    bodyParser: false,
  });
  await http.listen(port, host).catch((cause: NodeJS.ErrnoException) => {
    throw new UnavailableError(`${host}:${port} cannot be listened on: ${cause.code ?? cause.message}`, {
      cause,
    });
  });
  return http;
}
