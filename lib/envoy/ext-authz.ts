import { create, type MessageInitShape } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';
import { AUTH_TIMEOUT, type ExternalAuth, MISDIRECT_HEADER, type Route } from '../model/mod.ts';
import { any } from './any.ts';
import { duration } from './duration.ts';
import { exceptRegex } from './except-regex.ts';
import { CHECKS, FILTERS } from './filters.ts';
import type { HeaderMutationRulesSchema } from './gen/envoy/config/common/mutation_rules/v3/mutation_rules_pb.ts';
import { ApiVersion } from './gen/envoy/config/core/v3/config_source_pb.ts';
import { ExtensionWithMatcherPerRouteSchema } from './gen/envoy/extensions/common/matching/v3/extension_matcher_pb.ts';
import { ExecuteFilterActionSchema } from './gen/envoy/extensions/filters/http/composite/v3/composite_pb.ts';
import { FilterChainConfigPerRouteSchema } from './gen/envoy/extensions/filters/http/filter_chain/v3/filter_chain_pb.ts';
import {
  ExtAuthzPerRouteSchema,
  ExtAuthzSchema,
} from './gen/envoy/extensions/filters/http/ext_authz/v3/ext_authz_pb.ts';
import { StatusCode } from './gen/envoy/type/v3/http_status_pb.ts';
import {
  type ListStringMatcher,
  ListStringMatcherSchema,
  StringMatcherSchema,
} from './gen/envoy/type/matcher/v3/string_pb.ts';

import { INVALID_CLUSTER } from './invalid-cluster.ts';

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

/** Of connections, whose framing is each one's own. */
const FRAMING: readonly string[] = ['transfer-encoding'];

type ReachableAuth = ExternalAuth & { readonly cluster: string };

/** Nobody answers there, and an HTTP server that is not there is no mistake to Envoy but an error of each request. */
const NOBODY: ReachableAuth = {
  protocol: 'http',
  cluster: INVALID_CLUSTER,
  allowedRequestHeaders: [],
  allowedResponseHeaders: [],
  maxBody: 0,
};

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

/** What all requests of a port are asked about. If nobody can be asked, all are denied. */
export function sharedAuth(auth: ExternalAuth): Any {
  const { cluster } = auth;
  return extAuthz(cluster === undefined ? NOBODY : { ...auth, cluster });
}

/** A route's own word on what all requests of its port are asked about. */
export function sharedAuthConfig({ skipsAuth, authContext }: Route): Record<string, Any> {
  if (skipsAuth === true) {
    return {
      [CHECKS.auth]: any(ExtAuthzPerRouteSchema, { override: { case: 'disabled', value: true } }),
    };
  }
  if (authContext === undefined) return {};
  const contextExtensions = Object.fromEntries(
    Object.keys(authContext).sort().map((name) => [name, authContext[name] ?? '']),
  );
  return {
    [CHECKS.auth]: any(ExtAuthzPerRouteSchema, {
      override: { case: 'checkSettings', value: { contextExtensions } },
    }),
  };
}

const ALL_BUT_HOST: MessageInitShape<typeof HeaderMutationRulesSchema> = {
  allowAllRouting: true,
  disallowExpression: { regex: `(?i)(host|:authority|${MISDIRECT_HEADER})` },
};

function extAuthz(auth: ReachableAuth, { beforeRouting = false } = {}): Any {
  const { allowedRequestHeaders: asked } = auth;
  return any(ExtAuthzSchema, {
    services: auth.protocol === 'grpc' ? grpc(auth) : http(auth),
    transportApiVersion: ApiVersion.V3,
    statusOnError: { code: (auth.statusOnError ?? StatusCode.InternalServerError) as StatusCode },
    failureModeAllow: auth.passesOnError === true,
    // Routes drop it only after the filters have run.
    disallowedHeaders: names([MISDIRECT_HEADER]),
    ...(asked === 'all'
      ? auth.protocol === 'grpc' ? {} : { allowedHeaders: allBut(FRAMING) }
      : asked.length > 0
      ? { allowedHeaders: names(asked) }
      : {}),
    ...(auth.maxBody > 0 ? { withRequestBody: bodyOf(auth) } : {}),
    ...(beforeRouting ? { decoderHeaderMutationRules: ALL_BUT_HOST } : {}),
    clearRouteCache: beforeRouting || auth.reroutes === true,
  });
}

/** A body that does not fit is answered 413 unless its beginning will do: what the server cannot see, it cannot judge. */
function bodyOf({ protocol, maxBody, partialBody, textBody }: ReachableAuth) {
  return {
    maxRequestBytes: maxBody,
    allowPartialMessage: partialBody === true,
    packAsBytes: protocol === 'grpc' && textBody !== true,
  };
}

type Services = NonNullable<MessageInitShape<typeof ExtAuthzSchema>['services']>;

function grpc(
  { cluster: clusterName, authority = '', timeout = AUTH_TIMEOUT, addedHeaders = [] }: ReachableAuth,
): Services {
  return {
    case: 'grpcService',
    value: {
      targetSpecifier: { case: 'envoyGrpc', value: { clusterName, authority } },
      timeout: duration(timeout),
      initialMetadata: headerValues(addedHeaders),
    },
  };
}

function http(auth: ReachableAuth): Services {
  const { allowedResponseHeaders: copied, allowedClientHeaders: told, addedHeaders = [] } = auth;
  return {
    case: 'httpService',
    value: {
      serverUri: {
        uri: 'http://authorization',
        httpUpstreamType: { case: 'cluster', value: auth.cluster },
        timeout: duration(auth.timeout ?? AUTH_TIMEOUT),
      },
      pathPrefix: auth.pathPrefix ?? '',
      ...(addedHeaders.length > 0
        ? { authorizationRequest: { headersToAdd: headerValues(addedHeaders) } }
        : {}),
      authorizationResponse: {
        ...(copied.length > 0
          ? { allowedUpstreamHeaders: copied === 'all' ? allBut(NEVER_COPIED) : names(copied) }
          : {}),
        ...(told === undefined ? {} : { allowedClientHeaders: names(told) }),
      },
    },
  };
}

function headerValues(
  headers: NonNullable<ExternalAuth['addedHeaders']>,
): { readonly key: string; readonly value: string }[] {
  return headers.map(({ name, value }) => ({ key: name, value }));
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
