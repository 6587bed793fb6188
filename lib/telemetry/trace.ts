import { type Context, context, type Span, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';

/** Traces of configuration changes; `shutdown` sends what is left. */
export interface Tracing {
  readonly tracer: Tracer;
  shutdown(): Promise<void>;
}

/**
 * Exports by OTLP as the standard `OTEL_*` variables say. Off, at no cost, unless `OTEL_EXPORTER_OTLP_ENDPOINT`,
 * `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` or `OTEL_TRACES_EXPORTER=otlp` is set, or if `OTEL_SDK_DISABLED=true`.
 */
export function createTracing(env: Readonly<Record<string, string | undefined>> = process.env): Tracing {
  const asked = env['OTEL_TRACES_EXPORTER'] === 'otlp' || env['OTEL_EXPORTER_OTLP_ENDPOINT'] !== undefined ||
    env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] !== undefined;
  if (!asked || env['OTEL_SDK_DISABLED'] === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none') {
    return { tracer: trace.getTracer('dragoman'), shutdown: () => Promise.resolve() };
  }
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ [ATTR_SERVICE_NAME]: 'dragoman' }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  return { tracer: provider.getTracer('dragoman'), shutdown: () => provider.shutdown() };
}

/** One change on its way: `read` and `commit` are children of the root span, which ends with the last ACK. */
export class ChangeTrace {
  readonly #tracer: Tracer;
  readonly #root: Span;
  readonly #context: Context;

  constructor(tracer: Tracer, attributes: Readonly<Record<string, string | number>>) {
    this.#tracer = tracer;
    this.#root = tracer.startSpan('dragoman.change', { root: true, attributes });
    this.#context = trace.setSpan(context.active(), this.#root);
  }

  /** Runs one phase of the change as a child span. */
  phase<T>(name: string, run: (span: Span) => T): T {
    const span = this.#tracer.startSpan(name, {}, this.#context);
    try {
      return run(span);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  }

  /** A child span that ends later, such as the wait for ACKs. */
  start(name: string, attributes: Readonly<Record<string, string | number>>): Span {
    return this.#tracer.startSpan(name, { attributes }, this.#context);
  }

  end(): void {
    this.#root.end();
  }
}
