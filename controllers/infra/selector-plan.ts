import type { XBackend } from '../../lib/api/x-backend.ts';
import type { Collection, Fetch, Index } from '../../lib/graph/types.ts';
import type { Cluster } from '../../lib/model/mod.ts';
import type { Settings } from '../settings.ts';
import { selectorServiceName } from '../x-backend/selector-service.ts';
import type { XBackendResult } from '../x-backend/translate.ts';
import { MANAGED_BY, type Manifest } from './manifest.ts';
import { labelValue } from './names.ts';
import type { InfraPlan } from './plan.ts';

export interface SelectorPlanReads {
  readonly settings: Settings;
  readonly xBackends: Collection<XBackendResult>;
  /** By `selectorsOfCluster`. */
  readonly clusters: Index<Cluster>;
}

/** Index buckets of a Cluster: the `namespace/name` of Services that may stand for selectors, and have its endpoints. */
export function selectorsOfCluster({ backend, discovery }: Cluster): readonly string[] {
  if (discovery.type === 'endpoints') return backend.kind === 'XBackend' ? [discovery.service] : [];
  // Datagrams: all backends of a listener are one cluster.
  if (discovery.type !== 'weighted') return [];
  return [...new Set(discovery.backends.flatMap(({ from }) => from?.service ?? []))];
}

/**
 * An XBackend that selects endpoints gets a Service, whose EndpointSlices they are (GEP-4894), while something that proxies
 * of ours serve leads to it: XBackends have no class, and may be for other controllers alone. One that has become invalid,
 * or is being deleted, keeps what it has, as Gateways do.
 */
export function selectorPlan(
  { key, apiVersion, metadata, spec }: XBackend,
  fetch: Fetch,
  { settings, xBackends, clusters }: SelectorPlanReads,
): InfraPlan | undefined {
  if (settings.kubernetes === undefined || spec.type !== 'EndpointSelector') return undefined;
  const result = fetch.one(xBackends, key);
  if (result === undefined) return undefined;
  const { namespace = '', name, uid = '' } = metadata;
  const service = `${namespace}/${selectorServiceName(uid)}`;
  const owner = `XBackend/${key}`;
  if (result.problems.length > 0 || metadata.deletionTimestamp !== undefined) {
    return { key: owner, objects: [], kept: true, diagnostics: [] };
  }
  if (fetch.by(clusters, service).length === 0) return undefined;
  const manifest: Manifest = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: selectorServiceName(uid),
      namespace,
      labels: { ...MANAGED_BY, 'dragoman.dev/x-backend': labelValue(name) },
      ownerReferences: [{ apiVersion, kind: 'XBackend', name, uid, controller: true }],
    },
    // Nothing is to reach it by this Service, so it has no address.
    spec: {
      clusterIP: 'None',
      selector: spec.endpointSelector?.matchLabels ?? {},
      ports: servicePorts(spec.port.number ?? 0, { udp: spec.protocol === undefined }),
    },
  };
  return {
    key: owner,
    objects: [{ key: `Service/${service}`, owner, manifest }],
    kept: false,
    diagnostics: [],
  };
}

/** Without a protocol it is what routes say, and UDPRoutes want UDP. */
function servicePorts(port: number, { udp }: { readonly udp: boolean }): readonly object[] {
  return ['TCP', ...(udp ? ['UDP'] : [])].map((protocol) => ({
    name: protocol.toLowerCase(),
    port,
    targetPort: port,
    protocol,
  }));
}
