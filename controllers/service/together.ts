import { isDeepStrictEqual } from 'node:util';

import type { Cluster, EndpointDiscovery, HostnameDiscovery } from '../../lib/model/mod.ts';
import { namedCluster } from './cluster.ts';

export interface Together {
  /** Absent if there are none. */
  readonly cluster?: Cluster;
  /** What cannot be part of it. */
  readonly left: readonly Cluster[];
}

/** One cluster that takes turns among what several reach, if all are reached in the way of the first. */
export function together(clusters: readonly Cluster[]): Together {
  const [first, ...others] = distinct(clusters);
  if (first === undefined) return { left: [] };
  const { key: _, ...rest } = first;
  const { discovery } = rest;
  const like = others.filter((each) => isLike(first, each));
  const left = others.filter((each) => !like.includes(each));
  if (like.length === 0) return { cluster: first, left };
  const more = like.map((each) => each.discovery);
  if (discovery.type === 'endpoints') {
    const { port } = discovery;
    const services = more.filter(isEndpoints).map(({ service, port }) => ({ service, port }));
    return { cluster: namedCluster({ ...rest, port, discovery: { ...discovery, more: services } }), left };
  }
  if (discovery.type === 'hostname') {
    const { port } = discovery;
    const names = more.filter(isHostname).map(({ hostname, port }) => ({ hostname, port }));
    return { cluster: namedCluster({ ...rest, port, discovery: { ...discovery, more: names } }), left };
  }
  return { cluster: first, left: others };
}

function distinct(clusters: readonly Cluster[]): readonly Cluster[] {
  return [...new Map(clusters.map((cluster) => [cluster.key, cluster])).values()];
}

function isLike(a: Cluster, b: Cluster): boolean {
  return a.discovery.type === b.discovery.type && isDeepStrictEqual(a.tls, b.tls) &&
    a.protocol === b.protocol && isDeepStrictEqual(a.settings, b.settings);
}

function isEndpoints(discovery: Cluster['discovery']): discovery is EndpointDiscovery {
  return discovery.type === 'endpoints';
}

function isHostname(discovery: Cluster['discovery']): discovery is HostnameDiscovery {
  return discovery.type === 'hostname';
}
