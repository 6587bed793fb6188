import { create } from '@bufbuild/protobuf';
import { typedConfig } from './any.ts';
import { type AccessLog, AccessLogSchema } from './gen/envoy/config/accesslog/v3/accesslog_pb.ts';
import { StdoutAccessLogSchema } from './gen/envoy/extensions/access_loggers/stream/v3/stream_pb.ts';

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
  { accessLog = false }: { readonly accessLog?: boolean },
): AccessLog[] {
  if (!accessLog) return [];
  return [create(AccessLogSchema, {
    name: 'envoy.access_loggers.stdout',
    configType: typedConfig(StdoutAccessLogSchema, {
      accessLogFormat: {
        case: 'logFormat',
        value: { format: { case: 'jsonFormat', value: { ...LOGGED[of] } } },
      },
    }),
  })];
}
