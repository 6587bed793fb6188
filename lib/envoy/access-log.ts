import { create, type JsonObject, type MessageInitShape } from '@bufbuild/protobuf';
import type { AccessLog as ModelLog, LogServer, LogStream } from '../model/mod.ts';
import { typedConfig } from './any.ts';
import { duration } from './duration.ts';
import { type AccessLog, AccessLogSchema } from './gen/envoy/config/accesslog/v3/accesslog_pb.ts';
import { ApiVersion } from './gen/envoy/config/core/v3/config_source_pb.ts';
import type { SubstitutionFormatStringSchema } from './gen/envoy/config/core/v3/substitution_format_string_pb.ts';
import {
  HttpGrpcAccessLogConfigSchema,
  TcpGrpcAccessLogConfigSchema,
} from './gen/envoy/extensions/access_loggers/grpc/v3/als_pb.ts';
import {
  StderrAccessLogSchema,
  StdoutAccessLogSchema,
} from './gen/envoy/extensions/access_loggers/stream/v3/stream_pb.ts';

const BOTH: Readonly<Record<string, string>> = {
  details: '%RESPONSE_CODE_DETAILS%',
  flags: '%RESPONSE_FLAGS%',
  route: '%ROUTE_NAME%',
  cluster: '%UPSTREAM_CLUSTER%',
  upstream: '%UPSTREAM_HOST%',
  client: '%DOWNSTREAM_REMOTE_ADDRESS%',
  request_bytes: '%BYTES_RECEIVED%',
  response_bytes: '%BYTES_SENT%',
  ms: '%DURATION%',
};

const LOGGED: Readonly<Record<'http' | 'tcp', Readonly<Record<string, string>>>> = {
  http: {
    time: '%START_TIME%',
    method: '%REQ(:METHOD)%',
    host: '%REQ(:AUTHORITY)%',
    path: '%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%',
    protocol: '%PROTOCOL%',
    status: '%RESPONSE_CODE%',
    ...BOTH,
    request_id: '%REQ(X-REQUEST-ID)%',
  },
  tcp: {
    time: '%START_TIME%',
    chain: '%FILTER_CHAIN_NAME%',
    server_name: '%REQUESTED_SERVER_NAME%',
    ...BOTH,
    details: '%CONNECTION_TERMINATION_DETAILS%',
  },
};

/**
 * JSON lines, one for each request or TCP connection, if they are asked for; Envoy's formatter escapes, so no request can
 * forge one. `route` names the object and rule that served a request.
 */
export function accessLogs(
  of: 'http' | 'tcp',
  { accessLog = false, logs = [] }: { readonly accessLog?: boolean; readonly logs?: readonly ModelLog[] },
): AccessLog[] {
  return [
    ...(accessLog ? [line({ ...LOGGED[of] })] : []),
    ...logs.map((log) => log.type === 'stream' ? stream(log) : server(log)),
  ];
}

function line(jsonFormat: JsonObject): AccessLog {
  return create(AccessLogSchema, {
    name: 'envoy.access_loggers.stdout',
    configType: typedConfig(StdoutAccessLogSchema, {
      accessLogFormat: { case: 'logFormat', value: { format: { case: 'jsonFormat', value: jsonFormat } } },
    }),
  });
}

function stream({ to, format }: LogStream): AccessLog {
  const value = format === undefined ? undefined : formatOf(format);
  const config = value === undefined ? {} : { accessLogFormat: { case: 'logFormat' as const, value } };
  return create(AccessLogSchema, {
    name: `envoy.access_loggers.${to}`,
    configType: to === 'stdout'
      ? typedConfig(StdoutAccessLogSchema, config)
      : typedConfig(StderrAccessLogSchema, config),
  });
}

function formatOf(
  format: NonNullable<LogStream['format']>,
): MessageInitShape<typeof SubstitutionFormatStringSchema> {
  if (typeof format !== 'string') return { format: { case: 'jsonFormat', value: format as JsonObject } };
  const inlineString = format.endsWith('\n') ? format : `${format}\n`;
  return {
    format: {
      case: 'textFormatSource',
      value: { specifier: { case: 'inlineString', value: inlineString } },
    },
  };
}

function server(log: LogServer): AccessLog {
  const commonConfig = {
    logName: log.name,
    grpcService: {
      targetSpecifier: {
        case: 'envoyGrpc' as const,
        value: { clusterName: log.cluster, authority: log.authority },
      },
    },
    transportApiVersion: ApiVersion.V3,
    bufferFlushInterval: duration(log.flushInterval),
    bufferSizeBytes: log.bufferBytes,
  };
  return log.entries === 'tcp'
    ? create(AccessLogSchema, {
      name: 'envoy.access_loggers.tcp_grpc',
      configType: typedConfig(TcpGrpcAccessLogConfigSchema, { commonConfig }),
    })
    : create(AccessLogSchema, {
      name: 'envoy.access_loggers.http_grpc',
      configType: typedConfig(HttpGrpcAccessLogConfigSchema, {
        commonConfig,
        additionalRequestHeadersToLog: [...log.requestHeaders],
        additionalResponseHeadersToLog: [...log.responseHeaders],
        additionalResponseTrailersToLog: [...log.trailers],
      }),
    });
}
