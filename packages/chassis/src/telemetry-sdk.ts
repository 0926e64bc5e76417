import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';

/**
 * Starts the OpenTelemetry SDK with our own spans alone: the hot paths (NATS, raw sockets, HTTP/2) have no instrumentation
 * of their own, and the others would record SQL and URLs that we have not looked at. OTLP over HTTP with JSON; the standard `OTEL_*` variables hold.
 */
export function startSdk(service: string, instance: string): () => Promise<void> {
  const sdk = new NodeSDK({
    resource: resourceFromAttributes({
      'service.name': `reveille-${service}`,
      'service.instance.id': instance,
    }),
    traceExporter: new OTLPTraceExporter(),
    instrumentations: [],
  });
  sdk.start();
  return () => sdk.shutdown();
}
