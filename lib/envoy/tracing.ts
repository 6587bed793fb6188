import { create, type MessageInitShape } from '@bufbuild/protobuf';
import type { Tracing, ZipkinDriver } from '../model/mod.ts';
import { any, typedConfig } from './any.ts';
import { duration } from './duration.ts';
import { DatadogConfigSchema } from './gen/envoy/config/trace/v3/datadog_pb.ts';
import type { Tracing_HttpSchema as ProviderSchema } from './gen/envoy/config/trace/v3/http_tracer_pb.ts';
import { OpenTelemetryConfigSchema } from './gen/envoy/config/trace/v3/opentelemetry_pb.ts';
import {
  ZipkinConfig_CollectorEndpointVersion as Version,
  ZipkinConfigSchema,
} from './gen/envoy/config/trace/v3/zipkin_pb.ts';
import {
  type HttpConnectionManager_Tracing as EnvoyTracing,
  HttpConnectionManager_TracingSchema as TracingSchema,
} from './gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import { TraceIdRatioBasedSamplerConfigSchema } from './gen/envoy/extensions/tracers/opentelemetry/samplers/v3/trace_id_ratio_based_sampler_pb.ts';
import { FractionalPercent_DenominatorType as Denominator } from './gen/envoy/type/v3/percent_pb.ts';

/** How long the collector may take, ms; then spans are lost. */
const TIMEOUT = 5_000;

/** Spans of requests. Without a sampler, Envoy goes by the parent's decision, and by its own if there is none. */
export function tracing(settings: Tracing): EnvoyTracing {
  const { sampling, followsParent, percentages, tags, spanName = '' } = settings;
  const { client, random, overall } = percentages ??
    // Clients cannot ask for traces by headers of Envoy's own.
    { client: 0, random: followsParent ? sampling / 10_000 : 100, overall: 100 };
  return create(TracingSchema, {
    randomSampling: { value: random },
    clientSampling: { value: client },
    ...(overall === 100 ? {} : { overallSampling: { value: overall } }),
    operation: spanName,
    customTags: tags.map(({ name, type, value, otherwise = '' }) => ({
      tag: name,
      type: type === 'header'
        ? { case: 'requestHeader' as const, value: { name: value, defaultValue: otherwise } }
        : { case: 'literal' as const, value: { value } },
    })),
    provider: provider(settings),
  });
}

function provider(settings: Tracing): MessageInitShape<typeof ProviderSchema> {
  const { driver } = settings;
  if (driver === undefined) return { name: 'envoy.tracers.opentelemetry', configType: otlp(settings) };
  return driver.type === 'zipkin'
    ? { name: 'envoy.tracers.zipkin', configType: zipkin(settings, driver) }
    : { name: 'envoy.tracers.datadog', configType: datadog(settings) };
}

function otlp(settings: Tracing): ReturnType<typeof typedConfig> {
  const { cluster, authority, headers, sampling, followsParent, percentages, serviceName = '' } = settings;
  const sampler = {
    name: 'envoy.tracers.opentelemetry.samplers.trace_id_ratio_based',
    typedConfig: any(TraceIdRatioBasedSamplerConfigSchema, {
      samplingPercentage: { numerator: sampling, denominator: Denominator.MILLION },
    }),
  };
  return typedConfig(OpenTelemetryConfigSchema, {
    grpcService: {
      targetSpecifier: { case: 'envoyGrpc', value: { clusterName: cluster, authority } },
      timeout: duration(TIMEOUT),
      initialMetadata: headers.map(({ name, value }) => ({ key: name, value: value.replaceAll('%', '%%') })),
    },
    serviceName,
    ...(followsParent || percentages !== undefined ? {} : { sampler }),
  });
}

function zipkin({ cluster }: Tracing, driver: ZipkinDriver): ReturnType<typeof typedConfig> {
  return typedConfig(ZipkinConfigSchema, {
    collectorCluster: cluster,
    collectorEndpoint: driver.endpoint,
    collectorHostname: driver.hostname,
    collectorEndpointVersion: driver.encoding === 'json' ? Version.HTTP_JSON : Version.HTTP_PROTO,
    traceId128bit: driver.longTraceIds,
    sharedSpanContext: driver.sharedSpans,
  });
}

function datadog({ cluster, authority, serviceName = 'envoy' }: Tracing): ReturnType<typeof typedConfig> {
  return typedConfig(DatadogConfigSchema, {
    collectorCluster: cluster,
    collectorHostname: authority,
    serviceName,
  });
}
