import { type Context, context, type Span, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';

/** Traces of configuration changes; `shutdown` sends what is left, and never rejects. */
export interface Tracing {
  readonly tracer: Tracer;
  shutdown(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Exports by OTLP as the standard `OTEL_*` variables say. Off unless `OTEL_EXPORTER_OTLP_ENDPOINT`,
 * `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` or `OTEL_TRACES_EXPORTER=otlp` is set, or if `OTEL_SDK_DISABLED=true`; then the
 * SDK is not even loaded, which would take a sixth of a second and 25 MB.
 */
export async function createTracing(env: Environment = process.env): Promise<Tracing> {
  if (!isAsked(env)) return { tracer: trace.getTracer('dragoman'), shutdown: () => Promise.resolve() };
  const { createProvider } = await import('./trace-provider.ts');
  const provider = createProvider();
  return {
    tracer: provider.getTracer('dragoman'),
    // A collector that is not there is no failure of ours.
    shutdown: () => provider.shutdown().catch(() => {}),
  };
}

/** An empty variable counts as unset. */
function isAsked(env: Environment): boolean {
  const exporter = env['OTEL_TRACES_EXPORTER'];
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || exporter === 'none') return false;
  return exporter === 'otlp' || Boolean(env['OTEL_EXPORTER_OTLP_ENDPOINT']) ||
    Boolean(env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']);
}

/** One change on its way: `read` and `commit` are children of the root span, which ends with the last ACK. */
export class ChangeTrace {
  readonly #tracer: Tracer;
  readonly #root: Span;
  readonly #context: Context;

  /** `since`, ms of the epoch, is when the change was noticed, if that is not now. */
  constructor(tracer: Tracer, attributes: Readonly<Record<string, string | number>>, since?: number) {
    this.#tracer = tracer;
    this.#root = tracer.startSpan('dragoman.change', { root: true, attributes, ...startOf(since) });
    this.#context = trace.setSpan(context.active(), this.#root);
  }

  /** Runs one phase of the change as a child span. */
  phase<T>(name: string, run: (span: Span) => T, since?: number): T {
    const span = this.#tracer.startSpan(name, startOf(since), this.#context);
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

function startOf(since: number | undefined): { startTime?: number } {
  return since === undefined ? {} : { startTime: since };
}
