/** Spans of requests (XTelemetryPolicy, and the legacy TracingService). */
export interface Tracing {
  /** Name of the collector's cluster. */
  readonly cluster: string;
  /** `:authority` of what is sent there. */
  readonly authority: string;
  /** OTLP unless told. */
  readonly driver?: ZipkinDriver | DatadogDriver;
  /** OTLP only: sent with the spans. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  /** Parts of a million. */
  readonly sampling: number;
  /** Whether a request that was or was not sampled before is so here, too. */
  readonly followsParent: boolean;
  /**
   * In place of the two above: percentages of the requests that ask to be traced, of those that may be drawn, and of all,
   * as Envoy counts.
   */
  readonly percentages?: { readonly client: number; readonly random: number; readonly overall: number };
  readonly tags: readonly {
    readonly name: string;
    readonly type: 'header' | 'literal';
    /** The header's name, or the text. */
    readonly value: string;
    /** In place of a header that is not there. */
    readonly otherwise?: string;
  }[];
  readonly serviceName?: string;
  readonly spanName?: string;
}

export interface ZipkinDriver {
  readonly type: 'zipkin';
  /** Path of the collector. */
  readonly endpoint: string;
  /** `Host` of what is sent there. */
  readonly hostname: string;
  readonly encoding: 'json' | 'protobuf';
  readonly longTraceIds: boolean;
  readonly sharedSpans: boolean;
}

export interface DatadogDriver {
  readonly type: 'datadog';
}
