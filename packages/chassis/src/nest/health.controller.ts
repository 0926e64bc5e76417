import { Controller, Get, Header, HttpCode, Inject, Res } from '@nestjs/common';
import { Health } from '../health.js';
import type { Metrics } from '../metrics.js';

export const HEALTH = Symbol('health');
export const METRICS = Symbol('metrics');

interface Answer {
  status(code: number): Answer;
  type(contentType: string): Answer;
  send(body: unknown): void;
}
const ready = 200;
const unready = 503;

/** `/healthz` (the process lives), `/readyz` (it may be given work; why not, if not), `/metrics` (Prometheus). */
@Controller()
export class HealthController {
  constructor(
    @Inject(HEALTH) private readonly health: Health,
    @Inject(METRICS) private readonly metrics: Metrics,
  ) {}

  @Get('healthz')
  @HttpCode(ready)
  @Header('cache-control', 'no-store')
  live(): { status: string } {
    return { status: 'ok' };
  }

  @Get('readyz')
  ready(@Res() answer: Answer): void {
    const isReady = this.health.isReady();
    answer
      .status(isReady ? ready : unready)
      .send({ status: isReady ? 'ready' : 'not ready', parts: this.health.parts() });
  }

  @Get('metrics')
  async scrape(@Res() answer: Answer): Promise<void> {
    answer
      .status(ready)
      .type(this.metrics.contentType)
      .send(await this.metrics.text());
  }
}
