import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type ClientCertificateForwarding,
  type HttpHandler,
  type HttpReading,
  MISDIRECT_HEADER,
  STREAM_IDLE_TIMEOUT,
} from '../model/mod.ts';
import { accessLogs } from './access-log.ts';
import { ads } from './ads.ts';
import { any, typedConfig } from './any.ts';
import { duration } from './duration.ts';
import { errorResponses } from './error-responses.ts';
import { FILTERS } from './filters.ts';
import { HeaderMutationSchema as MutationRuleSchema } from './gen/envoy/config/common/mutation_rules/v3/mutation_rules_pb.ts';
import { HeaderValueOption_HeaderAppendAction as Append } from './gen/envoy/config/core/v3/base_pb.ts';
import {
  type Http3ProtocolOptionsSchema,
  HttpProtocolOptions_HeadersWithUnderscoresAction as Underscores,
} from './gen/envoy/config/core/v3/protocol_pb.ts';
import { type Filter, FilterSchema } from './gen/envoy/config/listener/v3/listener_components_pb.ts';
import { CustomResponseSchema } from './gen/envoy/extensions/filters/http/custom_response/v3/custom_response_pb.ts';
import { ExtensionWithMatcherSchema } from './gen/envoy/extensions/common/matching/v3/extension_matcher_pb.ts';
import { CompositeSchema } from './gen/envoy/extensions/filters/http/composite/v3/composite_pb.ts';
import { CorsSchema } from './gen/envoy/extensions/filters/http/cors/v3/cors_pb.ts';
import { FilterChainConfigSchema } from './gen/envoy/extensions/filters/http/filter_chain/v3/filter_chain_pb.ts';
import { GrpcWebSchema } from './gen/envoy/extensions/filters/http/grpc_web/v3/grpc_web_pb.ts';
import { RBACSchema } from './gen/envoy/extensions/filters/http/rbac/v3/rbac_pb.ts';
import { RouterSchema } from './gen/envoy/extensions/filters/http/router/v3/router_pb.ts';
import { StatefulSessionSchema } from './gen/envoy/extensions/filters/http/stateful_session/v3/stateful_session_pb.ts';
import {
  HttpConnectionManager_CodecType as CodecType,
  HttpConnectionManager_ForwardClientCertDetails as Forwarding,
  HttpConnectionManager_PathWithEscapedSlashesAction as EscapedSlashes,
  HttpConnectionManagerSchema,
  type HttpFilter,
  HttpFilterSchema,
} from './gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import { HeaderMutationSchema as EarlyMutationSchema } from './gen/envoy/extensions/http/early_header_mutation/header_mutation/v3/header_mutation_pb.ts';
import { portFilters } from './port-filters.ts';
import { tracing } from './tracing.ts';
import { websocketKey } from './websocket-key.ts';

/** Envoy's advice for edge proxies; ms and bytes. */
const CONNECTION_IDLE_TIMEOUT = 60 * 60_000;
const HEADERS_TIMEOUT = 10_000;
const MAX_STREAMS = 100;
const STREAM_WINDOW = 64 * 1024;
const CONNECTION_WINDOW = 1024 * 1024;

const HTTP3: MessageInitShape<typeof Http3ProtocolOptionsSchema> = {
  quicProtocolOptions: {
    maxConcurrentStreams: MAX_STREAMS,
    initialStreamWindowSize: STREAM_WINDOW,
    initialConnectionWindowSize: CONNECTION_WINDOW,
  },
  // WebSockets, as over HTTP/2 (RFC 9220).
  allowExtendedConnect: true,
};

export interface HttpOptions {
  readonly http3?: boolean;
}

/**
 * HTTP on one filter chain. Nothing in it depends on routes: they come by RDS, and filters get their settings from them.
 */
export function httpConnectionManager(handler: HttpHandler, { http3 = false }: HttpOptions = {}): Filter {
  const { reading } = handler;
  return create(FilterSchema, {
    name: 'envoy.filters.network.http_connection_manager',
    configType: typedConfig(HttpConnectionManagerSchema, {
      statPrefix: 'http',
      routeSpecifier: { case: 'rds', value: { configSource: ads(), routeConfigName: handler.routeConfig } },
      httpFilters: httpFilters(handler),
      earlyHeaderMutationExtensions: [{
        name: 'envoy.http.early_header_mutation.header_mutation',
        typedConfig: any(EarlyMutationSchema, { mutations: [chainHeader(handler)] }),
      }],
      // The client's address is the connection's; what it says of itself is not believed.
      useRemoteAddress: reading?.remoteAddressUnused !== true,
      normalizePath: true,
      mergeSlashes: reading === undefined || reading.mergeSlashes === true,
      pathWithEscapedSlashesAction: reading === undefined || reading.rejectEscapedSlashes === true
        ? EscapedSlashes.REJECT_REQUEST
        : EscapedSlashes.KEEP_UNCHANGED,
      ...(reading === undefined ? {} : as(reading)),
      streamIdleTimeout: duration(STREAM_IDLE_TIMEOUT),
      requestHeadersTimeout: duration(HEADERS_TIMEOUT),
      commonHttpProtocolOptions: {
        idleTimeout: duration(reading?.idleTimeout ?? CONNECTION_IDLE_TIMEOUT),
        // Some backends read `a_b` and `a-b` as one header, so the first could pass for the second.
        headersWithUnderscoresAction: reading === undefined
          ? Underscores.REJECT_REQUEST
          : UNDERSCORES[reading.underscores ?? 'allow'],
      },
      http2ProtocolOptions: {
        maxConcurrentStreams: reading?.maxStreams ?? MAX_STREAMS,
        initialStreamWindowSize: STREAM_WINDOW,
        initialConnectionWindowSize: CONNECTION_WINDOW,
        // For WebSockets (RFC 8441). A CONNECT that is no upgrade matches no route.
        allowConnect: true,
      },
      ...(http3 ? { codecType: CodecType.HTTP3, http3ProtocolOptions: HTTP3 } : {}),
      upgradeConfigs: [{ upgradeType: 'websocket' }],
      accessLog: accessLogs('http', handler),
      ...(handler.tracing === undefined ? {} : { tracing: tracing(handler.tracing) }),
    }),
  });
}

const UNDERSCORES = {
  allow: Underscores.ALLOW,
  drop: Underscores.DROP_HEADER,
  reject: Underscores.REJECT_REQUEST,
} as const;

const PROPER_CASE = { headerFormat: { case: 'properCaseWords', value: {} } } as const;

const FORWARDING = {
  sanitize: Forwarding.SANITIZE,
  forward: Forwarding.FORWARD_ONLY,
  append: Forwarding.APPEND_FORWARD,
  set: Forwarding.SANITIZE_SET,
  'always-forward': Forwarding.ALWAYS_FORWARD_ONLY,
} as const;

function certificateForwarding({ mode, details }: ClientCertificateForwarding) {
  const { subject, ...others } = details;
  return {
    forwardClientCertDetails: FORWARDING[mode],
    setCurrentClientCertDetails: { ...others, ...(subject === undefined ? {} : { subject }) },
  };
}

/** Fields of the connection manager. */
function as(reading: HttpReading) {
  const { trustedHops, stripHostPort, http10, serverName, properCase, chunkedLength } = reading;
  const { keepRequestId, maxHeadersKib, clientCertificate } = reading;
  const http1 = {
    ...(http10 === true ? { acceptHttp10: true } : {}),
    ...(chunkedLength === true ? { allowChunkedLength: true } : {}),
    ...(properCase === true ? { headerKeyFormat: PROPER_CASE } : {}),
  };
  return {
    xffNumTrustedHops: trustedHops,
    ...(stripHostPort === true ? { stripMatchingHostPort: true } : {}),
    ...(Object.keys(http1).length === 0 ? {} : { httpProtocolOptions: http1 }),
    ...(keepRequestId === true ? { preserveExternalRequestId: true } : {}),
    ...(maxHeadersKib === undefined ? {} : { maxRequestHeadersKb: maxHeadersKib }),
    ...(clientCertificate === undefined ? {} : certificateForwarding(clientCertificate)),
    ...(serverName === undefined ? {} : { serverName }),
  };
}

function httpFilters({ filters = {}, reading = { trustedHops: 0 } }: HttpHandler): HttpFilter[] {
  return [
    filter(FILTERS.preRouting, typedConfig(FilterChainConfigSchema), { disabled: true }),
    filter(FILTERS.errors, typedConfig(CustomResponseSchema, errorResponses(filters.errors ?? []))),
    filter(FILTERS.ownErrors, typedConfig(CustomResponseSchema)),
    ...portFilters(filters),
    filter(FILTERS.access, typedConfig(RBACSchema), { disabled: true }),
    filter(FILTERS.cors, typedConfig(CorsSchema)),
    filter(FILTERS.grpcWeb, typedConfig(GrpcWebSchema), { disabled: true }),
    filter(FILTERS.checks, typedConfig(FilterChainConfigSchema), { disabled: true }),
    filter(
      FILTERS.extAuthz,
      typedConfig(ExtensionWithMatcherSchema, {
        extensionConfig: { name: 'composite', typedConfig: any(CompositeSchema) },
        xdsMatcher: {},
      }),
    ),
    filter(FILTERS.statefulSession, typedConfig(StatefulSessionSchema)),
    filter(FILTERS.websocketKey, websocketKey()),
    filter(
      FILTERS.router,
      typedConfig(
        RouterSchema,
        reading.withoutEnvoyHeaders === true ? { suppressEnvoyHeaders: true } : {},
      ),
    ),
  ];
}

function filter(
  name: string,
  configType: ReturnType<typeof typedConfig>,
  { disabled = false } = {},
): HttpFilter {
  return create(HttpFilterSchema, { name, configType, disabled });
}

/** States the chain, or removes the header that a client may have sent. */
function chainHeader({ chainId }: HttpHandler): ReturnType<typeof create<typeof MutationRuleSchema>> {
  return create(MutationRuleSchema, {
    action: chainId === undefined ? { case: 'remove', value: MISDIRECT_HEADER } : {
      case: 'append',
      value: {
        header: { key: MISDIRECT_HEADER, value: chainId },
        appendAction: Append.OVERWRITE_IF_EXISTS_OR_ADD,
      },
    },
  });
}
