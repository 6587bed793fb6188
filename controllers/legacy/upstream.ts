import { isIP } from 'node:net';

import {
  type AmbassadorModule,
  type LegacySettings,
  type Mapping,
  type MappingSpec,
  parseServiceName,
  type ServiceName,
} from '../../lib/api/legacy/mod.ts';
import type { Service } from '../../lib/api/mod.ts';
import type { Collection, Fetch } from '../../lib/graph/types.ts';
import type { Cluster, ObjectRef } from '../../lib/model/mod.ts';
import type { SecretUse } from '../flow.ts';
import { namedCluster } from '../service/cluster.ts';
import { isLocalAddress } from '../service/local-address.ts';
import type { Settings } from '../settings.ts';
import { clusterSettings } from './cluster-settings.ts';
import { type OriginationReads, tlsOrigination } from './origination.ts';

export interface UpstreamReads extends OriginationReads {
  readonly settings: Settings;
  readonly legacy: LegacySettings;
  readonly services: Collection<Service>;
}

/** What a `service` means. */
export interface Upstream {
  /** Absent: it cannot be used, and requests get 500. */
  readonly cluster?: Cluster;
  readonly secrets: readonly SecretUse[];
  /** Its name as it is asked for, without the port. */
  readonly host: string;
  readonly port: number;
  readonly problem?: string;
  /** Worth saying, though it is used. */
  readonly note?: string;
}

/** The cluster of a Mapping's `service`. One that cannot have the TLS that it asks for is not used at all. */
export function upstreamOf(
  { spec, metadata: { namespace = '' } }: Mapping,
  fetch: Fetch,
  reads: UpstreamReads & { readonly module: AmbassadorModule },
): Upstream {
  const parsed = parseServiceName(spec.service);
  if ('problem' in parsed) {
    return { secrets: [], host: '', port: 0, problem: `service ${spec.service} ${parsed.problem}.` };
  }
  const origination = tlsOrigination(spec, parsed.scheme === 'https', { fetch, ...reads });
  const port = parsed.port ?? (origination === undefined ? 80 : 443);
  const named = nameOf(parsed, { spec, namespace, legacy: reads.legacy, module: reads.module });
  const upstream = { host: named.host, port, secrets: origination?.secrets ?? [] };
  if (origination?.problem !== undefined) return { ...upstream, secrets: [], problem: origination.problem };
  const found = discoveryOf(named, port, { fetch, ...reads });
  if ('problem' in found) return { ...upstream, secrets: [], problem: found.problem };
  const cluster = namedCluster({
    backend: found.backend,
    port,
    discovery: found.discovery,
    protocol: spec.grpc ? 'http2' : 'http1',
    ...(origination?.tls === undefined ? {} : { tls: origination.tls }),
    settings: clusterSettings(spec, reads.module),
  });
  return { ...upstream, cluster, ...(found.note === undefined ? {} : { note: found.note }) };
}

interface Named {
  readonly host: string;
  /** `namespace/name` of the Service that it may be. */
  readonly service?: string;
}

/** Names without a dot are of the Mapping's namespace, unless something says that they are of the installation's. */
function nameOf({ host }: ServiceName, { spec, namespace, legacy, module }: {
  readonly spec: MappingSpec;
  readonly namespace: string;
  readonly legacy: LegacySettings;
  readonly module: AmbassadorModule;
}): Named {
  if (isIP(host) !== 0 || host.toLowerCase() === 'localhost') return { host };
  const [name = '', of, svc] = host.split('.');
  if (of === undefined) {
    const own = module.useAmbassadorNamespaceForServiceResolution || spec.semantics === '0.39';
    const home = own ? legacy.namespace : namespace;
    return { host: home === legacy.namespace ? host : `${host}.${home}`, service: `${home}/${name}` };
  }
  return svc === undefined || svc === 'svc' ? { host, service: `${of}/${name}` } : { host };
}

type Discovery =
  | {
    readonly backend: ObjectRef;
    readonly discovery: Cluster['discovery'];
    readonly note?: string;
  }
  | { readonly problem: string };

/** A Service that is known is reached at its endpoints, whatever the resolver; any other name by DNS. */
function discoveryOf(
  { host, service: key }: Named,
  port: number,
  { fetch, settings, services }: UpstreamReads & { readonly fetch: Fetch },
): Discovery {
  const service = key === undefined ? undefined : fetch.one(services, key);
  if (service === undefined) {
    if (!settings.allowLocalBackends && isLocal(host)) {
      return { problem: `service ${host} is local to the proxies.` };
    }
    const backend = { group: '', kind: 'Hostname', namespace: 'dns', name: host.toLowerCase() };
    const unknown = key !== undefined && !host.includes('.', host.indexOf('.') + 1) &&
      settings.mode === 'standalone';
    return {
      backend,
      discovery: { type: 'hostname', hostname: host, port },
      ...(unknown ? { note: `There is no Service ${key}, so ${host} is looked up by DNS.` } : {}),
    };
  }
  const { metadata: { name, namespace = '' }, spec } = service;
  const backend = { group: '', kind: 'Service', namespace, name };
  if (spec.type === 'ExternalName') {
    const hostname = spec.externalName ?? '';
    if (!settings.allowLocalBackends && isLocal(hostname)) {
      return { problem: `Service ${key} names a local address, ${hostname}.` };
    }
    return { backend, discovery: { type: 'hostname', hostname, port } };
  }
  const ports = (spec.ports ?? []).filter(({ protocol }) => protocol === 'TCP').map((each) => each.port);
  const note = ports.includes(port)
    ? undefined
    : `Service ${key} has no port ${port}; it has ${ports.length === 0 ? 'none' : ports.join(', ')}.`;
  return {
    backend,
    discovery: { type: 'endpoints', service: service.key, port },
    ...(note === undefined ? {} : { note }),
  };
}

function isLocal(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  return isIP(name) === 0 ? name === 'localhost' || name.endsWith('.localhost') : isLocalAddress(name);
}
