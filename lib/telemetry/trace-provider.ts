/** The OpenTelemetry SDK, in a module of its own so that it is loaded only where traces are asked for. */

import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';

/** How long a collector may take, ms; the usual 10 s would hold up the end of the process beyond what stopping may take. */
const EXPORT_TIMEOUT = 2_000;

/** Exports by OTLP; the process's `OTEL_*` variables say where to, and what is sampled. */
export function createProvider(): NodeTracerProvider {
  const { OTEL_EXPORTER_OTLP_TIMEOUT: any, OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: own } = process.env;
  const timeout = any === undefined && own === undefined ? { timeoutMillis: EXPORT_TIMEOUT } : {};
  return new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ [ATTR_SERVICE_NAME]: 'dragoman' }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter(timeout))],
  });
}
