import type { TracingService, TracingServiceSpec } from '../../lib/api/legacy/mod.ts';
import type { Bucket, Fetch, Keyed } from '../../lib/graph/types.ts';
import type { Cluster, Diagnostic, ObjectRef, Tracing } from '../../lib/model/mod.ts';
import type { SecretUse } from '../flow.ts';
import type { RateLimitReads as ServiceReads } from './rate-limit.ts';
import { ambassadorModule, refOf } from './settings.ts';
import { authorityOf, homeOf, unlimited, type Upstream, upstreamOf } from './upstream.ts';

/** What the TracingService becomes. */
export interface TracingResult extends Keyed {
  /** Absent: nothing is traced, and requests are served all the same. */
  readonly tracing?: Tracing;
  readonly origins: readonly ObjectRef[];
  readonly clusters: readonly Cluster[];
  readonly secrets: readonly SecretUse[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Spans go to one TracingService, the first by namespace and name. */
export function translateTracing(
  { key, members }: Bucket<TracingService>,
  fetch: Fetch,
  reads: ServiceReads,
): TracingResult | undefined {
  const [service, ...others] = members;
  if (service === undefined) return undefined;
  const { spec } = service;
  const diagnostics: Diagnostic[] = [];
  const report = (object: TracingService, field: string, message: string, warns = false): void => {
    diagnostics.push({
      object: refOf(object),
      severity: warns ? 'warning' : 'error',
      code: warns ? 'IgnoredValue' : 'InvalidTracingService',
      field,
      message,
    });
  };
  for (const other of others) {
    report(other, 'spec', `Spans go to TracingService ${service.key}, and to one alone.`);
  }
  const origins = [refOf(service)];
  for (const { field, message } of ignored(spec)) report(service, field, message, true);
  if (spec.driver === 'lightstep') {
    report(
      service,
      'spec.driver',
      'Envoy has no driver for LightStep any more; it takes OTLP: opentelemetry.',
    );
    return { key, origins, clusters: [], secrets: [], diagnostics };
  }
  const upstream = upstreamOf(
    {
      metadata: homeOf({ ...service.metadata, service: spec.service }, fetch, reads),
      spec: {
        service: spec.service,
        protocol: spec.driver === 'opentelemetry' ? 'http2' : 'http1',
        statsName: spec.statsName,
      },
    },
    fetch,
    { ...reads, module: unlimited(ambassadorModule(fetch, reads.modules)) },
  );
  const { cluster, secrets, problem, note } = upstream;
  if (problem !== undefined) report(service, 'spec.service', problem);
  if (note !== undefined) report(service, 'spec.service', note.message, true);
  if (cluster === undefined) return { key, origins, clusters: [], secrets: [], diagnostics };
  return {
    key,
    origins,
    tracing: tracingOf(spec, cluster.key, upstream),
    clusters: [cluster],
    secrets,
    diagnostics,
  };
}

function tracingOf(spec: TracingServiceSpec, cluster: string, upstream: Upstream): Tracing {
  const { sampling: { client = 100, random = 100, overall = 100 }, config } = spec;
  const authority = authorityOf(upstream);
  return {
    cluster,
    authority,
    headers: [],
    sampling: 1_000_000,
    followsParent: true,
    percentages: { client, random, overall },
    tags: tagsOf(spec),
    ...driverOf(spec, authority),
    ...(spec.driver === 'datadog' || config.serviceName !== undefined
      ? { serviceName: config.serviceName || 'ambassador' }
      : {}),
  };
}

function driverOf({ driver, config }: TracingServiceSpec, hostname: string): Pick<Tracing, 'driver'> {
  if (driver === 'datadog') return { driver: { type: 'datadog' } };
  if (driver !== 'zipkin') return {};
  return {
    driver: {
      type: 'zipkin',
      endpoint: config.collectorEndpoint || '/api/v2/spans',
      hostname: config.collectorHostname || hostname,
      encoding: config.collectorEndpointVersion === 'HTTP_PROTO' ? 'protobuf' : 'json',
      longTraceIds: config.traceId128bit ?? true,
      sharedSpans: config.sharedSpanContext ?? true,
    },
  };
}

/** Envoy takes a tag once, and no empty one. */
function tagsOf({ customTags }: TracingServiceSpec): Tracing['tags'] {
  const tags = customTags.flatMap(({ tag: name, literal, requestHeader }): Tracing['tags'] => {
    if (literal !== undefined) return [{ name, type: 'literal', value: literal.value }];
    if (requestHeader === undefined) return [];
    const { name: value, defaultValue: otherwise } = requestHeader;
    return [{ name, type: 'header', value, ...(otherwise === undefined ? {} : { otherwise }) }];
  }).filter(({ name, value }) => name !== '' && value !== '');
  return [...new Map(tags.map((tag) => [tag.name, tag])).values()];
}

function ignored(
  { customTags, config }: TracingServiceSpec,
): readonly { readonly field: string; readonly message: string }[] {
  const found: { field: string; message: string }[] = [];
  for (const [index, { tag, environment, literal, requestHeader }] of customTags.entries()) {
    const field = `spec.custom_tags[${index}]`;
    if (environment !== undefined) {
      const message = `Tag ${tag} is left out: the environment of the proxies belongs to the operator.`;
      found.push({ field: `${field}.environment`, message });
    } else if (literal === undefined && requestHeader === undefined) {
      found.push({ field, message: `Tag ${tag} is left out: it says no value.` });
    }
  }
  if (config.collectorEndpointVersion === 'HTTP_JSON_V1') {
    const message = 'Envoy speaks version 2 of the Zipkin API alone, so spans go as HTTP_JSON.';
    found.push({ field: 'spec.config.collector_endpoint_version', message });
  }
  return found;
}
