import type { Any } from '@bufbuild/protobuf/wkt';
import type { RequestChecks } from '../model/mod.ts';
import { accessConfig } from './access-rules.ts';
import { any } from './any.ts';
import { sharedAuth } from './ext-authz.ts';
import { CHECKS, FILTERS } from './filters.ts';
import { FilterChainConfigPerRouteSchema } from './gen/envoy/extensions/filters/http/filter_chain/v3/filter_chain_pb.ts';
import { HTTPFaultSchema } from './gen/envoy/extensions/filters/http/fault/v3/fault_pb.ts';
import { rateLimitFilter } from './rate-limit.ts';

/**
 * Configuration of a RouteConfiguration for what all its requests go through, in this order. The filters are in a chain of
 * their own and have names, so that routes can switch them off, and an edit of them is none of a listener.
 */
export function checksConfig({ closed, access, auth, rateLimit }: RequestChecks): Record<string, Any> {
  const filters: NamedFilter[] = [];
  const add = (name: string, typedConfig: Any | undefined): void => {
    if (typedConfig !== undefined) filters.push({ name, typedConfig });
  };
  if (closed === true) add(CHECKS.closed, failure());
  if (auth !== undefined) add(CHECKS.auth, sharedAuth(auth));
  if (rateLimit !== undefined) add(CHECKS.rateLimit, rateLimitFilter(rateLimit));
  return {
    ...(filters.length === 0 ? {} : chain(filters)),
    ...(access === undefined ? {} : accessConfig(access)),
  };
}

/** In place of checks that Envoy refused: every request that has a route is answered with 500. */
export function closedConfig(): Record<string, Any> {
  return chain([{ name: CHECKS.closed, typedConfig: failure() }]);
}

function failure(): Any {
  return any(HTTPFaultSchema, {
    abort: { errorType: { case: 'httpStatus', value: 500 }, percentage: { numerator: 100 } },
  });
}

interface NamedFilter {
  readonly name: string;
  readonly typedConfig: Any;
}

function chain(filters: NamedFilter[]): Record<string, Any> {
  return { [FILTERS.checks]: any(FilterChainConfigPerRouteSchema, { filterChain: { filters } }) };
}

/** Keys of the clusters that must be there first. */
export function needsOf({ auth, rateLimit }: RequestChecks): readonly string[] {
  const clusters = [auth?.cluster, rateLimit?.cluster].filter((cluster) => cluster !== undefined);
  return [...new Set(clusters)].sort().map((cluster) => `Cluster|${cluster}`);
}
