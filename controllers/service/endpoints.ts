import type { EndpointSlice, Service, ServicePort } from '../../lib/api/mod.ts';
import type { Bucket, Collection, Fetch, Index } from '../../lib/graph/types.ts';
import type { Cluster, Diagnostic, Endpoint, EndpointDiscovery, Endpoints } from '../../lib/model/mod.ts';
import type { ConsulAnswer, ConsulQuery } from '../flow.ts';
import type { Settings } from '../settings.ts';
import { ENDPOINTS_ANNOTATION, parseEndpoints } from './endpoints-annotation.ts';
import { isLocalAddress } from './local-address.ts';
import { weightedEndpoints } from './weighted-endpoints.ts';

export interface EndpointReads {
  readonly settings: Settings;
  readonly services: Collection<Service>;
  readonly consul: Collection<ConsulAnswer>;
  /** By `serviceOfSlice`. */
  readonly slices: Index<EndpointSlice>;
}

/** Index bucket of an EndpointSlice: the `namespace/name` of its Service. */
export function serviceOfSlice({ metadata }: EndpointSlice): readonly string[] {
  const name = metadata.labels?.['kubernetes.io/service-name'];
  return name === undefined ? [] : [`${metadata.namespace}/${name}`];
}

function consulKey({ address, datacenter, service }: Omit<ConsulQuery, 'key'>): string {
  return `${address}|${datacenter}|${service}`;
}

/** Index bucket of a cluster: what it asks Consul for. */
export function consulQueryOf({ discovery }: Cluster): readonly string[] {
  return discovery.type === 'consul' ? [consulKey(discovery)] : [];
}

export function consulQuery({ key, members: [cluster] }: Bucket<Cluster>): ConsulQuery | undefined {
  if (cluster?.discovery.type !== 'consul') return undefined;
  const { address, datacenter, service } = cluster.discovery;
  return { key, address, datacenter, service };
}

/** Told to each object whose service Consul is not heard of. */
export function consulDiagnostics(
  { key, members }: Bucket<Cluster>,
  fetch: Fetch,
  consul: Collection<ConsulAnswer>,
): readonly Diagnostic[] {
  const problem = fetch.one(consul, key)?.problem;
  const [cluster] = members;
  if (problem === undefined || cluster?.discovery.type !== 'consul') return [];
  const { address, service } = cluster.discovery;
  const message =
    `Consul at ${address} cannot be asked for ${service}, so what was known last is used: ${problem}.`;
  return [{
    object: cluster.backend,
    severity: 'warning',
    code: 'ConsulUnavailable',
    field: 'spec.address',
    message,
  }];
}

/**
 * The endpoints of a cluster that has them, from the EndpointSlices of its Service, managed or manual, or in standalone
 * mode from the Service's annotation. Ready ones are used; those that terminate but still serve, if nothing else is
 * left. Local addresses are left out unless the settings allow them.
 */
export function translateEndpoints(
  { key, protocol, discovery }: Cluster,
  fetch: Fetch,
  reads: EndpointReads,
): Endpoints | undefined {
  if (discovery.type === 'hostname') return undefined;
  if (discovery.type === 'consul') {
    const answer = fetch.one(reads.consul, consulKey(discovery));
    if (answer === undefined) return { key, endpoints: [], pending: true };
    const allowed = answer.endpoints.filter(({ address }) =>
      reads.settings.allowLocalBackends || !isLocalAddress(address)
    );
    return { key, endpoints: distinct(allowed).sort(byZoneThenAddress) };
  }
  const transport = protocol === 'udp' ? 'UDP' : 'TCP';
  const found = (from: EndpointDiscovery): readonly Endpoint[] =>
    endpointsAt(from, fetch, { ...reads, transport });
  const endpoints = discovery.type === 'endpoints'
    ? distinct([discovery, ...servicesOf(discovery)].flatMap(found))
    : weightedEndpoints(discovery.backends.map(({ from, weight }) => ({
      weight,
      endpoints: from === undefined ? [] : found(from),
    })));
  return { key, endpoints: endpoints.sort(byZoneThenAddress) };
}

function servicesOf({ more = [] }: EndpointDiscovery): readonly EndpointDiscovery[] {
  return more.map((each) => ({ type: 'endpoints', ...each }));
}

function endpointsAt(
  discovery: EndpointDiscovery,
  fetch: Fetch,
  reads: EndpointReads & { readonly transport: 'TCP' | 'UDP' },
): readonly Endpoint[] {
  const service = fetch.one(reads.services, discovery.service);
  const port = service?.spec.ports?.find((each) =>
    each.port === discovery.port && each.protocol === reads.transport
  );
  if (service === undefined || port === undefined) return [];

  const annotation = reads.settings.mode === 'standalone'
    ? service.metadata.annotations?.[ENDPOINTS_ANNOTATION]
    : undefined;
  const found = annotation === undefined
    ? fetch.by(reads.slices, discovery.service).flatMap((slice) => endpointsOf(slice, port))
    : annotatedEndpoints(annotation, port);
  const allowed = reads.settings.allowLocalBackends
    ? found
    : found.filter(({ address }) => !isLocalAddress(address));
  return distinct(allowed);
}

function annotatedEndpoints(annotation: string, { name }: ServicePort): readonly Endpoint[] {
  return parseEndpoints(annotation).endpoints
    .filter(({ portName }) => portName === undefined || portName === name)
    .map(({ address, port }) => ({ address, port }));
}

function endpointsOf(slice: EndpointSlice, servicePort: ServicePort): readonly Endpoint[] {
  if (slice.addressType === 'FQDN') return [];
  const port = portIn(slice, servicePort);
  if (port === undefined) return [];
  const endpoints: Endpoint[] = [];
  for (const { addresses, conditions = {}, zone } of slice.endpoints) {
    const [address] = addresses;
    if (address === undefined) continue;
    const ready = conditions.ready ?? true;
    const draining = !ready && conditions.terminating === true && conditions.serving === true;
    if (!ready && !draining) continue;
    endpoints.push({
      address,
      port,
      ...(zone === undefined ? {} : { zone }),
      ...(draining ? { draining } : {}),
    });
  }
  return endpoints;
}

/** Slices say target ports under the name of the Service's port, not under its number. */
function portIn(
  { ports = [] }: EndpointSlice,
  { name = '', targetPort, protocol }: ServicePort,
): number | undefined {
  const found = ports.find((port) => port.name === name && port.protocol === protocol);
  if (found === undefined) return undefined;
  // Without a number all ports are meant, so the Service's target is one of them.
  return found.port ?? (typeof targetPort === 'number' ? targetPort : undefined);
}

/** While an endpoint moves between slices it is in both, and may be ready in one of them only. */
function distinct(endpoints: readonly Endpoint[]): Endpoint[] {
  const byAddress = new Map<string, Endpoint>();
  for (const endpoint of endpoints) {
    const key = `${endpoint.address} ${endpoint.port}`;
    const other = byAddress.get(key);
    if (other === undefined || (other.draining === true && endpoint.draining !== true)) {
      byAddress.set(key, endpoint);
    }
  }
  return [...byAddress.values()];
}

function byZoneThenAddress(a: Endpoint, b: Endpoint): number {
  return compare(a.zone ?? '', b.zone ?? '') || compare(a.address, b.address) || a.port - b.port;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
