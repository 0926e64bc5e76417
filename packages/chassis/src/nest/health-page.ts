import 'reflect-metadata';
import { type DynamicModule, type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { UnavailableError } from '@reveille/contracts/errors';
import type { Health } from '../health.js';
import type { Metrics } from '../metrics.js';
import { HEALTH, HealthController, METRICS } from './health.controller.js';

export interface HealthPageOptions {
  readonly host: string;
  readonly port: number;
  readonly health: Health;
  readonly metrics: Metrics;
}

@Module({})
class HealthModule {
  static with({ health, metrics }: HealthPageOptions): DynamicModule {
    return {
      module: HealthModule,
      controllers: [HealthController],
      providers: [
        { provide: HEALTH, useValue: health },
        { provide: METRICS, useValue: metrics },
      ],
    };
  }
}

/** The HTTP side of a service that has no other: health, readiness and metrics. @throws UnavailableError when the port is taken. */
export async function openHealthPage(options: HealthPageOptions): Promise<INestApplication> {
  const { host, port } = options;
  const http = await NestFactory.create(HealthModule.with(options), { logger: false, abortOnError: false });
  await http.listen(port, host).catch((cause: NodeJS.ErrnoException) => {
    throw new UnavailableError(`${host}:${port} cannot be listened on: ${cause.code ?? cause.message}`, {
      cause,
    });
  });
  return http;
}
