import { create } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';
import type { CorsPolicy as ModelCors } from '../model/mod.ts';
import { any } from './any.ts';
import { FILTERS } from './filters.ts';
import { CorsPolicySchema } from './gen/envoy/extensions/filters/http/cors/v3/cors_pb.ts';
import { type StringMatcher, StringMatcherSchema } from './gen/envoy/type/matcher/v3/string_pb.ts';
import { escape } from './path-rewrite.ts';

/**
 * Per-route configuration of a CORS policy. For `*` among methods or headers, which browsers do not take with
 * credentials, Envoy names what the preflight asked for.
 */
export function corsConfig(cors: ModelCors): Record<string, Any> {
  return {
    [FILTERS.cors]: any(CorsPolicySchema, {
      allowOriginStringMatch: cors.origins.map(origin),
      allowMethods: cors.methods.join(', '),
      allowHeaders: cors.headers.join(', '),
      exposeHeaders: cors.exposeHeaders.join(', '),
      maxAge: String(cors.maxAge),
      allowCredentials: cors.credentials,
      // A backend that answers preflights itself could allow what the policy does not.
      forwardNotMatchingPreflights: false,
    }),
  };
}

/** Any labels, or an address of IPv6, but no port: an origin without one means its scheme's own. */
const HOST = '(?:[^:]*|\\[.*\\])';

function origin(value: string): StringMatcher {
  if (!value.includes('*')) return create(StringMatcherSchema, { matchPattern: { case: 'exact', value } });
  const regex = value.split('*').map(escape).join(value === '*' ? '.*' : HOST);
  return create(StringMatcherSchema, { matchPattern: { case: 'safeRegex', value: { regex } } });
}
