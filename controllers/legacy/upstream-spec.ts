import type { CircuitBreakerV0, Mapping, OutlierDetectionV0 } from '../../lib/api/legacy/mod.ts';
import type { Collection, Fetch } from '../../lib/graph/types.ts';
import { resolverOf, type ResolverReads } from './resolvers.ts';
import { ambassadorModule } from './settings.ts';
import type { UpstreamSpec } from './upstream.ts';

export interface NamedReads extends ResolverReads {
  /** Of v0, by their names. */
  readonly circuitBreakers: Collection<CircuitBreakerV0>;
  readonly outlierDetections: Collection<OutlierDetectionV0>;
}

/** Something that a Mapping asks for and does not get. */
interface Note {
  readonly field: string;
  readonly message: string;
}

/** What a Mapping says of its cluster, with what it only names, and without what cannot be had. */
export function upstreamSpec(
  { spec }: Mapping,
  fetch: Fetch,
  reads: NamedReads,
): { readonly spec: UpstreamSpec; readonly notes: readonly Note[] } {
  const notes: Note[] = [];
  const resolver = resolverOf(spec, fetch, reads);
  const kind = 'problem' in resolver ? undefined : resolver.kind;
  const consul = 'problem' in resolver ? undefined : resolver.consul;
  const { healthChecks, circuitBreakerName: breaker, outlierDetection: detection, ...rest } = spec;
  const { defaults } = ambassadorModule(fetch, reads.modules);
  const statsName = spec.statsName ?? defaults?.httpmapping?.statsName;
  const common = { ...rest, statsName, protocol: spec.grpc ? 'http2' : 'http1', consul } as const;
  const checks = kind === 'KubernetesServiceResolver' ? undefined : healthChecks?.filter(({ http, grpc }) => {
    const problem = (http === undefined) === (grpc === undefined)
      ? 'A health check has either http or grpc.'
      : grpc !== undefined && !spec.grpc
      ? 'A health check by gRPC needs grpc: true, since it is for HTTP/2.'
      : undefined;
    if (problem !== undefined) notes.push({ field: 'spec.health_checks', message: problem });
    return problem === undefined;
  });
  if (healthChecks !== undefined && checks === undefined) {
    const message =
      'health_checks need an endpoint resolver or a ConsulResolver, so endpoints are not checked.';
    notes.push({ field: 'spec.health_checks', message });
  }
  const limits = breaker === undefined ? undefined : fetch.one(reads.circuitBreakers, breaker)?.spec;
  if (breaker !== undefined && limits === undefined) {
    notes.push({ field: 'spec.circuit_breaker', message: `There is no CircuitBreaker ${breaker}.` });
  }
  const isV0 = spec.semantics === '0.39';
  const outliers = detection === undefined || !isV0
    ? undefined
    : fetch.one(reads.outlierDetections, detection)?.spec;
  if (detection !== undefined && outliers === undefined) {
    const message = isV0
      ? `There is no OutlierDetection ${detection}.`
      : 'outlier_detection names an object that only v0 has, so it has no effect.';
    notes.push({ field: 'spec.outlier_detection', message });
  }
  return {
    notes,
    spec: {
      ...common,
      ...(checks === undefined || checks.length === 0 ? {} : { healthChecks: checks }),
      ...(limits === undefined ? {} : { limits }),
      ...(outliers === undefined ? {} : { outliers }),
    },
  };
}
