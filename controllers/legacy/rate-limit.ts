import type { AmbassadorModule, Label, MappingSpec, RateLimitService } from '../../lib/api/legacy/mod.ts';
import type { Bucket, Collection, Fetch, Keyed } from '../../lib/graph/types.ts';
import type {
  Cluster,
  Diagnostic,
  ObjectRef,
  RateLimitDescriptor,
  RateLimitEntry,
  RateLimitServer,
} from '../../lib/model/mod.ts';
import type { SecretUse } from '../flow.ts';
import { ambassadorModule, type NamedModule, refOf } from './settings.ts';
import { authorityOf, homeOf, unlimited, upstreamOf, type UpstreamReads } from './upstream.ts';

/** What the RateLimitService becomes. */
export interface RateLimitResult extends Keyed {
  readonly origins: readonly ObjectRef[];
  readonly rateLimit: RateLimitServer;
  readonly clusters: readonly Cluster[];
  readonly secrets: readonly SecretUse[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface RateLimitReads extends UpstreamReads {
  readonly modules: Collection<NamedModule>;
}

/** One RateLimitService is asked, the first by namespace and name. */
export function translateRateLimit(
  { key, members }: Bucket<RateLimitService>,
  fetch: Fetch,
  reads: RateLimitReads,
): RateLimitResult | undefined {
  const [service, ...others] = members;
  if (service === undefined) return undefined;
  const diagnostics: Diagnostic[] = [];
  const report = (
    object: RateLimitService,
    field: string,
    { message, severity = 'error' }: { readonly message: string; readonly severity?: Diagnostic['severity'] },
  ): void => {
    const code = severity === 'error' ? 'InvalidRateLimitService' : 'IgnoredValue';
    diagnostics.push({ object: refOf(object), severity, code, field, message });
  };
  for (const other of others) {
    report(other, 'spec', { message: `RateLimitService ${service.key} is asked, and only one can be.` });
  }
  const { spec } = service;
  const module = ambassadorModule(fetch, reads.modules);
  const upstream = upstreamOf(
    {
      metadata: homeOf({ ...service.metadata, service: spec.service }, fetch, reads),
      spec: {
        service: spec.service,
        tls: spec.tls,
        protocol: 'http2',
        statsName: spec.statsName,
      },
    },
    fetch,
    { ...reads, module: unlimited(module) },
  );
  if (upstream.problem !== undefined) report(service, 'spec.service', { message: upstream.problem });
  if (upstream.note !== undefined) {
    report(service, 'spec.service', { message: upstream.note.message, severity: 'warning' });
  }
  const old = spec.protocolVersion === 'v2';
  if (old) {
    const message = 'Envoy speaks v3 alone, so a RateLimitService for v2 cannot be asked.';
    report(service, 'spec.protocol_version', { message });
  } else if (spec.protocolVersion === undefined) {
    const message = 'It is asked by v3 of the protocol, as protocol_version: v3 would say.';
    report(service, 'spec.protocol_version', { message, severity: 'warning' });
  }
  const usable = upstream.cluster !== undefined && !old;
  return {
    key,
    origins: [refOf(service)],
    rateLimit: {
      ...(usable && upstream.cluster !== undefined ? { cluster: upstream.cluster.key } : {}),
      authority: authorityOf(upstream),
      domain: spec.domain || module.defaultLabelDomain,
      timeout: spec.timeoutMs,
      ...(spec.failureModeDeny ? { deniesOnError: true } : {}),
      ...(spec.useResourceExhaustedCode ? { resourceExhausted: true } : {}),
    },
    clusters: usable && upstream.cluster !== undefined ? [upstream.cluster] : [],
    secrets: upstream.secrets,
    diagnostics,
  };
}

/** What Mappings see of the RateLimitService, so that other edits of it wake none. */
export interface LimitDomain extends Keyed {
  readonly domain: string;
}

/**
 * What is told of a Mapping's requests to the service of a domain: the Module's labels in front of each group of its own.
 * Of one without any labels those of the default domain are told alone.
 */
export function descriptorsOf(
  { labels = [], rateLimits = [] }: MappingSpec,
  domain: string,
  { defaultLabels = [], defaultLabelDomain }: AmbassadorModule,
): readonly RateLimitDescriptor[] {
  const usual = defaultLabels.find((each) => each.domain === domain)?.labels ?? [];
  const groups = labels.find((each) => each.domain === domain)?.groups ?? [];
  const unlabelled = labels.length + rateLimits.length === 0 && domain === defaultLabelDomain;
  return [
    ...(unlabelled ? [usual] : []),
    ...groups.map((group) => [...usual, ...group.labels]),
    ...rateLimits.map((group) => group.labels),
  ].filter((group) => group.length > 0).map((group) => group.map(entryOf));
}

const PLAIN = {
  source_cluster: 'source-cluster',
  destination_cluster: 'destination-cluster',
  remote_address: 'remote-address',
} as const;

function entryOf(label: Label): RateLimitEntry {
  if (label.type === 'generic_key') return { type: 'constant', key: label.key, value: label.value };
  if (label.type !== 'request_headers') return { type: PLAIN[label.type] };
  return {
    type: 'header',
    key: label.key,
    header: label.headerName,
    ...(label.omitIfNotPresent === true ? { optional: true } : {}),
  };
}
