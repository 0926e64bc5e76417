import {
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import { toolSetting } from './env.js';
import type { Part } from './lifecycle.js';
import { childTraceparent, parseTraceparent } from './traceparent.js';

export { childTraceparent } from './traceparent.js';

export interface SpanOptions {
  /** The parent's `traceparent`; null begins a trace. */
  readonly parent: string | null;
  readonly kind?: 'producer' | 'consumer' | 'client' | 'server' | 'internal';
  /** Of low cardinality in the name; ids go here. Never a token or a message's text. */
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
}

const kinds = {
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  client: SpanKind.CLIENT,
  server: SpanKind.SERVER,
  internal: SpanKind.INTERNAL,
} as const;

let tracer: Tracer | null = null;

/** Loads OpenTelemetry where an OTLP endpoint is configured; otherwise nothing is loaded. Gives the function that flushes and ends it. */
async function startTelemetry(service: string, instance: string): Promise<() => Promise<void>> {
  if (toolSetting('OTEL_EXPORTER_OTLP_ENDPOINT') === null) return () => Promise.resolve();
  const { startSdk } = await import('./telemetry-sdk.js');
  const stop = startSdk(service, instance);
  tracer = trace.getTracer('reveille');
  return stop;
}

/** Telemetry as the first part of a process: started before anything is traced, flushed after everything else has stopped. */
export function telemetryPart(service: string, instance: string): Part {
  let stop = (): Promise<void> => Promise.resolve();
  return {
    name: 'telemetry',
    start: async () => {
      stop = await startTelemetry(service, instance);
    },
    stop: () => stop(),
  };
}

/**
 * Runs `work` in a span and hands it the `traceparent` for what follows. Without telemetry the trace goes on all the same:
 * only nothing is recorded.
 */
export async function withSpan<T>(
  name: string,
  options: SpanOptions,
  work: (traceparent: string) => Promise<T>,
): Promise<T> {
  if (tracer === null) return work(options.parent ?? childTraceparent(null));
  const span = begin(tracer, name, options);
  try {
    return await work(traceparentOf(span));
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'error' });
    throw error;
  } finally {
    span.end();
  }
}

/** A span that whoever began it ends. */
export interface OpenSpan {
  /** For what follows. */
  readonly traceparent: string;
  end(): void;
}

/** Begins a span; null where nothing is recorded, and then it costs nothing. */
export function openSpan(name: string, options: () => SpanOptions): OpenSpan | null {
  if (tracer === null) return null;
  const span = begin(tracer, name, options());
  return { traceparent: traceparentOf(span), end: () => span.end() };
}

function traceparentOf(span: Span): string {
  const { traceId, spanId } = span.spanContext();
  return `00-${traceId}-${spanId}-01`;
}

function begin(
  from: Tracer,
  name: string,
  { parent, kind = 'internal', attributes = {} }: SpanOptions,
): Span {
  const context = parseTraceparent(parent);
  const within =
    context === null
      ? ROOT_CONTEXT
      : trace.setSpanContext(ROOT_CONTEXT, {
          traceId: context.traceId,
          spanId: context.spanId,
          traceFlags: TraceFlags.SAMPLED,
          isRemote: true,
        });
  return from.startSpan(name, { kind: kinds[kind], attributes: { ...attributes } }, within);
}
