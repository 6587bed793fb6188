import { z } from 'zod';

import type { KubeObject } from '../object.ts';
import { type Addressed, ambassadorIdField, ambassadorIdsOf } from './parts/ambassador-id.ts';
import { camel } from './parts/camel.ts';
import { defined } from './parts/defined.ts';
import type { Dialect } from './parts/dialect.ts';
import { only, without } from './parts/shape.ts';

export interface TracingService extends KubeObject {
  readonly kind: 'TracingService';
  readonly spec: TracingServiceSpec;
}

/** Where traces go. */
export interface TracingServiceSpec extends Addressed {
  /** `lightstep` has been gone since Emissary 3. */
  readonly driver: 'zipkin' | 'datadog' | 'opentelemetry' | 'lightstep';
  readonly service: string;
  readonly sampling: TraceSampling;
  readonly customTags: readonly CustomTag[];
  readonly config: TraceConfig;
  readonly statsName?: string | undefined;
}

/** Percentages of requests; 100 by default. */
export interface TraceSampling {
  readonly client?: number | undefined;
  readonly random?: number | undefined;
  readonly overall?: number | undefined;
}

/** A tag of every span; exactly one of the three is its value, unless it is a mistake. */
export interface CustomTag {
  readonly tag: string;
  readonly literal?: { readonly value: string } | undefined;
  /** A variable of the proxy's environment. */
  readonly environment?: NamedValue | undefined;
  readonly requestHeader?: NamedValue | undefined;
}

export interface NamedValue {
  readonly name: string;
  readonly defaultValue?: string | undefined;
}

/** What a driver needs besides; for `zipkin` with its defaults. */
export interface TraceConfig {
  readonly accessTokenFile?: string | undefined;
  readonly collectorCluster?: string | undefined;
  /** A path. */
  readonly collectorEndpoint?: string | undefined;
  readonly collectorEndpointVersion?: 'HTTP_JSON_V1' | 'HTTP_JSON' | 'HTTP_PROTO' | undefined;
  readonly collectorHostname?: string | undefined;
  readonly propagationModes?: readonly ('ENVOY' | 'LIGHTSTEP' | 'B3' | 'TRACE_CONTEXT')[] | undefined;
  readonly traceId128bit?: boolean | undefined;
  readonly sharedSpanContext?: boolean | undefined;
  readonly serviceName?: string | undefined;
}

const zipkinDefaults: TraceConfig = {
  collectorEndpoint: '/api/v2/spans',
  collectorEndpointVersion: 'HTTP_JSON',
  traceId128bit: true,
};

const percentSchema = z.int().min(0).max(100);
const namedSchema = z.object({ name: z.string(), default_value: z.string().optional() }).transform(camel);

const customTagsSchema: z.ZodType<readonly CustomTag[]> = z.array(
  z.object({
    tag: z.string(),
    literal: z.object({ value: z.string() }).optional(),
    environment: namedSchema.optional(),
    request_header: namedSchema.optional(),
  }).transform(camel),
);

type WrittenConfig = TraceConfig & {
  readonly v3PropagationModes?: TraceConfig['propagationModes'];
};

function traceConfig(dialect: Dialect): z.ZodType<TraceConfig> {
  const modes = z.array(z.enum(['ENVOY', 'LIGHTSTEP', 'B3', 'TRACE_CONTEXT'])).optional();
  const all = {
    access_token_file: z.string().optional(),
    collector_cluster: z.string().optional(),
    collector_endpoint: z.string().optional(),
    collector_endpoint_version: z.enum(['HTTP_JSON_V1', 'HTTP_JSON', 'HTTP_PROTO']).optional(),
    collector_hostname: z.string().optional(),
    propagation_modes: modes,
    v3PropagationModes: modes,
    trace_id_128bit: z.boolean().optional(),
    shared_span_context: z.boolean().optional(),
    service_name: z.string().optional(),
  };
  const schema = dialect === 'v0'
    ? only(all, ['access_token_file', 'collector_endpoint', 'trace_id_128bit', 'shared_span_context'])
    : without(all, dialect === 'v3alpha1' ? [] : ['propagation_modes']);
  return schema.transform((written) => {
    const { v3PropagationModes, ...config }: WrittenConfig = camel(written);
    return defined({ ...config, propagationModes: config.propagationModes ?? v3PropagationModes });
  });
}

/** The `spec` of a TracingService of one version. `tag_headers` are custom tags named as their headers. */
export function tracingServiceSpec(dialect: Dialect): z.ZodType<TracingServiceSpec> {
  const all = {
    ambassador_id: ambassadorIdField,
    driver: z.enum(['zipkin', 'datadog', 'opentelemetry', 'lightstep']),
    service: z.string(),
    sampling: z.object({
      client: percentSchema.optional(),
      random: percentSchema.optional(),
      overall: percentSchema.optional(),
    }).optional(),
    tag_headers: z.array(z.string()).optional(),
    custom_tags: customTagsSchema.optional(),
    v3CustomTags: customTagsSchema.optional(),
    config: traceConfig(dialect).optional(),
    stats_name: z.string().optional(),
    v3StatsName: z.string().optional(),
  };
  const schema = dialect === 'v0'
    ? only(all, ['ambassador_id', 'driver', 'service', 'tag_headers', 'config'])
    : without(all, dialect === 'v3alpha1' ? [] : ['custom_tags', 'stats_name']);
  return schema.transform((written) => {
    const { driver, service, sampling = {}, config = {}, tag_headers = [] } = written;
    const tags = tag_headers.map((name): CustomTag => ({ tag: name, requestHeader: { name } }));
    return defined({
      ambassadorIds: ambassadorIdsOf(written.ambassador_id),
      driver,
      service,
      sampling,
      customTags: [...tags, ...written.custom_tags ?? written.v3CustomTags ?? []],
      config: driver === 'zipkin' ? { ...zipkinDefaults, ...config } : config,
      statsName: written.stats_name ?? written.v3StatsName,
    });
  });
}
