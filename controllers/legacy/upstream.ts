import { isIP } from 'node:net';

import {
  type AmbassadorModule,
  type LegacySettings,
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
import { clusterSettings, type ClusterSpec } from './cluster-settings.ts';
import type { ConsulAgent } from './resolvers.ts';
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
  readonly note?: {
    readonly code: 'BackendNotFound' | 'IgnoredValue';
    readonly message: string;
  };
}

/** `host:port`, as an `:authority` is written. */
export function authorityOf({ host, port }: Upstream): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** A resource with a `service`, and what it says of the cluster. */
export interface Upstreamed {
  readonly metadata: { readonly namespace?: string | undefined };
  readonly spec: UpstreamSpec;
}

export interface UpstreamSpec extends ClusterSpec, Pick<MappingSpec, 'service' | 'tls'> {
  readonly semantics?: MappingSpec['semantics'] | undefined;
  readonly protocol?: Cluster['protocol'];
  /** Set if Consul knows the service, by its name. */
  readonly consul?: ConsulAgent | undefined;
}

/** The Module for services whose clusters do not have its `circuit_breakers`: limits of requests must not stop what counts them. */
export function unlimited(module: AmbassadorModule): AmbassadorModule {
  return { ...module, circuitBreakers: undefined };
}

/**
 * Whose namespace a short name is of that an AuthService or the like says: the installation's, as ever, unless only its own
 * namespace has a Service of that name.
 */
export function homeOf(
  { service, namespace = '' }: { readonly service: string; readonly namespace?: string | undefined },
  fetch: Fetch,
  { services, legacy }: Pick<UpstreamReads, 'services' | 'legacy'>,
): { readonly namespace: string } {
  const parsed = parseServiceName(service);
  if ('problem' in parsed) return { namespace };
  const has = (of: string): boolean => fetch.one(services, `${of}/${parsed.host}`) !== undefined;
  return { namespace: !has(legacy.namespace) && has(namespace) ? namespace : legacy.namespace };
}

/** The cluster of a `service`. One that cannot have the TLS that it asks for is not used at all. */
export function upstreamOf(
  { spec, metadata: { namespace = '' } }: Upstreamed,
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
  const found = spec.consul === undefined
    ? discoveryOf(named, port, { fetch, ...reads })
    : consulDiscovery(parsed.host, spec.consul);
  if ('problem' in found) return { ...upstream, secrets: [], problem: found.problem };
  const cluster = namedCluster({
    backend: found.backend,
    port: found.port ?? port,
    discovery: found.discovery,
    protocol: spec.protocol ?? 'http1',
    ...(origination?.tls === undefined ? {} : { tls: origination.tls }),
    settings: clusterSettings(spec, { module: reads.module, host: named.host }),
  });
  if (parsed.rest !== undefined) {
    return {
      ...upstream,
      cluster,
      note: { code: 'IgnoredValue', message: `${parsed.rest} behind the host of service has no effect.` },
    };
  }
  const { note } = found;
  return {
    ...upstream,
    cluster,
    ...(note === undefined ? {} : { note: { code: 'BackendNotFound', message: note } }),
  };
}

interface Named {
  readonly host: string;
  /** `namespace/name` of the Service that it may be. */
  readonly service?: string;
}

/** Names without a dot are of the Mapping's namespace, unless something says that they are of the installation's. */
function nameOf({ host }: ServiceName, { spec, namespace, legacy, module }: {
  readonly spec: UpstreamSpec;
  readonly namespace: string;
  readonly legacy: LegacySettings;
  readonly module: AmbassadorModule;
}): Named {
  if (isIP(host) !== 0 || host.toLowerCase() === 'localhost' || spec.consul !== undefined) return { host };
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
    /** In the cluster's name, where that is not the port. */
    readonly port?: string;
    readonly note?: string;
  }
  | { readonly problem: string };

/** Consul says the ports, so that of `service` does not count. */
function consulDiscovery(service: string, { resolver, address, datacenter }: ConsulAgent): Discovery {
  return {
    backend: resolver,
    port: `${service}@${datacenter}@${address}`,
    discovery: { type: 'consul', address, datacenter, service },
  };
}

/** A Service that is known is reached at its endpoints, unless nobody may look at them; any other name by DNS. */
function discoveryOf(
  { host, service: key }: Named,
  port: number,
  { fetch, settings, services, legacy }: UpstreamReads & { readonly fetch: Fetch },
): Discovery {
  const service = key === undefined ? undefined : fetch.one(services, key);
  if (service === undefined) {
    if (!settings.allowLocalBackends && isLocal(host)) {
      return { problem: `service ${host} is local to the proxies.` };
    }
    // Proxies are Pods of another namespace than the installation's, where its short names mean something else.
    const hostname = settings.mode === 'kubernetes' && !host.includes('.') && key !== undefined
      ? dnsName(key)
      : host;
    const backend = { group: '', kind: 'Hostname', namespace: 'dns', name: hostname.toLowerCase() };
    const unknown = key !== undefined && !host.includes('.', host.indexOf('.') + 1) &&
      settings.mode === 'standalone';
    return {
      backend,
      discovery: { type: 'hostname', hostname, port },
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
  if (legacy.disableEndpoints) {
    return { backend, discovery: { type: 'hostname', hostname: dnsName(service.key), port } };
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

/** Of a Service, `namespace/name`. */
function dnsName(key: string): string {
  return key.split('/').toReversed().join('.');
}

function isLocal(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  return isIP(name) === 0 ? name === 'localhost' || name.endsWith('.localhost') : isLocalAddress(name);
}
