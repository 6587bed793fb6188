import { create } from '@bufbuild/protobuf';
import type { Tracing } from '../model/mod.ts';
import { any } from './any.ts';
import { duration } from './duration.ts';
import { OpenTelemetryConfigSchema } from './gen/envoy/config/trace/v3/opentelemetry_pb.ts';
import {
  type HttpConnectionManager_Tracing as EnvoyTracing,
  HttpConnectionManager_TracingSchema as TracingSchema,
} from './gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import { TraceIdRatioBasedSamplerConfigSchema } from './gen/envoy/extensions/tracers/opentelemetry/samplers/v3/trace_id_ratio_based_sampler_pb.ts';
import { FractionalPercent_DenominatorType as Denominator } from './gen/envoy/type/v3/percent_pb.ts';

/** How long the collector may take, ms; then spans are lost. */
const TIMEOUT = 5_000;

/** Spans by OTLP over gRPC. Without a sampler, Envoy goes by the parent's decision, and by its own if there is none. */
export function tracing(
  { cluster, authority, headers, sampling, followsParent, tags, serviceName = '', spanName = '' }: Tracing,
): EnvoyTracing {
  const sampler = {
    name: 'envoy.tracers.opentelemetry.samplers.trace_id_ratio_based',
    typedConfig: any(TraceIdRatioBasedSamplerConfigSchema, {
      samplingPercentage: { numerator: sampling, denominator: Denominator.MILLION },
    }),
  };
  return create(TracingSchema, {
    randomSampling: { value: followsParent ? sampling / 10_000 : 100 },
    // Clients cannot ask for traces by headers of Envoy's own.
    clientSampling: { value: 0 },
    operation: spanName,
    customTags: tags.map(({ name, type, value }) => ({
      tag: name,
      type: type === 'header'
        ? { case: 'requestHeader' as const, value: { name: value } }
        : { case: 'literal' as const, value: { value } },
    })),
    provider: {
      name: 'envoy.tracers.opentelemetry',
      configType: {
        case: 'typedConfig',
        value: any(OpenTelemetryConfigSchema, {
          grpcService: {
            targetSpecifier: { case: 'envoyGrpc', value: { clusterName: cluster, authority } },
            timeout: duration(TIMEOUT),
            initialMetadata: headers.map(({ name, value }) => ({
              key: name,
              value: value.replaceAll('%', '%%'),
            })),
          },
          serviceName,
          ...(followsParent ? {} : { sampler }),
        }),
      },
    },
  });
}
