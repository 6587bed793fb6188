import { create, type MessageInitShape } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';
import { type ExternalAuth, MISDIRECT_HEADER } from '../model/mod.ts';
import { any } from './any.ts';
import { duration } from './duration.ts';
import { exceptRegex } from './except-regex.ts';
import { FILTERS } from './filters.ts';
import type { HeaderMutationRulesSchema } from './gen/envoy/config/common/mutation_rules/v3/mutation_rules_pb.ts';
import { ApiVersion } from './gen/envoy/config/core/v3/config_source_pb.ts';
import { ExtensionWithMatcherPerRouteSchema } from './gen/envoy/extensions/common/matching/v3/extension_matcher_pb.ts';
import { ExecuteFilterActionSchema } from './gen/envoy/extensions/filters/http/composite/v3/composite_pb.ts';
import { FilterChainConfigPerRouteSchema } from './gen/envoy/extensions/filters/http/filter_chain/v3/filter_chain_pb.ts';
import { ExtAuthzSchema } from './gen/envoy/extensions/filters/http/ext_authz/v3/ext_authz_pb.ts';
import { StatusCode } from './gen/envoy/type/v3/http_status_pb.ts';
import {
  type ListStringMatcher,
  ListStringMatcherSchema,
  StringMatcherSchema,
} from './gen/envoy/type/matcher/v3/string_pb.ts';

/** How long the authorization server may take, ms; then the request is denied. */
const TIMEOUT = 5_000;

/** Headers of an answer that describe the message and not the user. `Host` is excluded by the specification. */
const NEVER_COPIED: readonly string[] = [
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'host',
  'keep-alive',
  'server',
  'transfer-encoding',
];

type ReachableAuth = ExternalAuth & { readonly cluster: string };

/**
 * Per-route configuration of external authorization (GEP-1494): the whole filter, run by the composite filter of the
 * connection manager, since Envoy's own per-route settings cannot say which headers are sent. Errors deny with 500.
 */
export function authConfig(auth: ReachableAuth): Record<string, Any> {
  const action = any(ExecuteFilterActionSchema, {
    typedConfig: { name: FILTERS.extAuthz, typedConfig: extAuthz(auth) },
  });
  return {
    [FILTERS.extAuthz]: any(ExtensionWithMatcherPerRouteSchema, {
      xdsMatcher: {
        onNoMatch: { onMatch: { case: 'action', value: { name: 'ext_authz', typedConfig: action } } },
      },
    }),
  };
}

/**
 * Configuration of a virtual host whose listener asks for authorization before routing (GEP-5224), in this order. What the
 * servers change decides about the route, but for the host, which has decided about the listener. A composite filter would
 * do with one server, but forgets the others when the first has answered.
 */
export function preRoutingConfig(auths: readonly ReachableAuth[]): Record<string, Any> {
  const filters = auths.map((auth) => ({
    name: FILTERS.extAuthz,
    typedConfig: extAuthz(auth, { beforeRouting: true }),
  }));
  return { [FILTERS.preRouting]: any(FilterChainConfigPerRouteSchema, { filterChain: { filters } }) };
}

const ALL_BUT_HOST: MessageInitShape<typeof HeaderMutationRulesSchema> = {
  allowAllRouting: true,
  disallowExpression: { regex: `(?i)(host|:authority|${MISDIRECT_HEADER})` },
};

function extAuthz(auth: ReachableAuth, { beforeRouting = false } = {}): Any {
  return any(ExtAuthzSchema, {
    services: auth.protocol === 'grpc' ? grpc(auth) : http(auth),
    transportApiVersion: ApiVersion.V3,
    statusOnError: { code: StatusCode.InternalServerError },
    // Routes drop it only after the filters have run.
    disallowedHeaders: names([MISDIRECT_HEADER]),
    ...(auth.allowedRequestHeaders.length > 0 ? { allowedHeaders: names(auth.allowedRequestHeaders) } : {}),
    // A body that does not fit is answered 413: what the server cannot see, it cannot judge.
    ...(auth.maxBody > 0
      ? { withRequestBody: { maxRequestBytes: auth.maxBody, packAsBytes: auth.protocol === 'grpc' } }
      : {}),
    ...(beforeRouting ? { clearRouteCache: true, decoderHeaderMutationRules: ALL_BUT_HOST } : {}),
  });
}

type Services = NonNullable<MessageInitShape<typeof ExtAuthzSchema>['services']>;

function grpc(
  { cluster: clusterName, authority = '' }: ReachableAuth,
): Services {
  return {
    case: 'grpcService',
    value: {
      targetSpecifier: { case: 'envoyGrpc', value: { clusterName, authority } },
      timeout: duration(TIMEOUT),
    },
  };
}

function http(auth: ReachableAuth): Services {
  const allowed = auth.allowedResponseHeaders.length > 0
    ? names(auth.allowedResponseHeaders)
    : allBut(NEVER_COPIED);
  return {
    case: 'httpService',
    value: {
      serverUri: {
        uri: 'http://authorization',
        httpUpstreamType: { case: 'cluster', value: auth.cluster },
        timeout: duration(TIMEOUT),
      },
      pathPrefix: auth.pathPrefix ?? '',
      authorizationResponse: { allowedUpstreamHeaders: allowed },
    },
  };
}

function names(exact: readonly string[]): ListStringMatcher {
  return create(ListStringMatcherSchema, {
    patterns: exact.map((value) =>
      create(StringMatcherSchema, { matchPattern: { case: 'exact', value }, ignoreCase: true })
    ),
  });
}

function allBut(words: readonly string[]): ListStringMatcher {
  return create(ListStringMatcherSchema, {
    patterns: [{ matchPattern: { case: 'safeRegex', value: { regex: exceptRegex(words) } } }],
  });
}
