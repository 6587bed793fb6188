/** What is sent to proxies: encoded model values, with a substitute for each content that Envoy refused. */

import {
  encodeClosedTcpProxy,
  encodeCluster,
  type EncodedMember,
  type EncodedRouteSet,
  encodeEmptyCluster,
  encodeListener,
  encodeRouteConfiguration,
  encodeTcpProxy,
  encodeVirtualHost,
  type Resource,
} from '../lib/envoy/mod.ts';
import type { Collection, Fetch, Index, Keyed } from '../lib/graph/types.ts';
import type { Cluster, Diagnostic, Listener, RouteConfig, TcpProxy, VirtualHost } from '../lib/model/mod.ts';
import type { Refusal, Stream } from './flow.ts';
import { quicKey } from './gateway/chains.ts';
import type { SentListener } from './gateway/status.ts';
import type { RouteRefusal } from './route/status.ts';
import { sourcesOfName } from './secret/names.ts';

/** Beyond so many members one read of all refusals costs less than a recorded read for each. */
const FEW = 64;

export interface SentCluster extends Resource {
  /** Set if Envoy refused what the cluster should be. */
  readonly refused?: Diagnostic;
}

export function sentCluster(
  cluster: Cluster,
  fetch: Fetch,
  refusals: Collection<Refusal>,
): SentCluster {
  const resource = encodeCluster(cluster);
  const refusal = fetch.one(refusals, resource.version);
  if (refusal === undefined) return resource;
  const message = `Envoy refuses cluster ${cluster.key}, so its requests answer 503: ${refusal.message}`;
  return {
    ...encodeEmptyCluster(cluster.key),
    refused: { object: cluster.backend, severity: 'error', code: 'RefusedByEnvoy', field: '', message },
  };
}

/** Told to each object behind a secret that Envoy refused; proxies keep the last one that they took, if any. */
export function secretRefusals(
  { name, version }: Resource,
  fetch: Fetch,
  refusals: Collection<Refusal>,
): readonly Diagnostic[] {
  const refusal = fetch.one(refusals, version);
  if (refusal === undefined) return [];
  const message = `Envoy refuses the certificates, and keeps those that it had, if any: ${refusal.message}`;
  return sourcesOfName(name).map((object) => ({
    object,
    severity: 'error',
    code: 'RefusedByEnvoy',
    field: 'data',
    message,
  }));
}

/** With Envoy's words, if the listener lacks what it refused. */
export function sentListener(
  listener: Listener,
  fetch: Fetch,
  refusals: Collection<Refusal>,
): Resource & SentListener {
  let refusal: string | undefined;
  const resource = encodeListener(listener, (hash) => {
    const found = fetch.one(refusals, hash);
    refusal ??= found?.message;
    return found !== undefined;
  });
  // Nothing takes the place of a UDP listener.
  refusal ??= fetch.one(refusals, resource.version)?.message;
  return refusal === undefined ? resource : { ...resource, refusal };
}

/** The RouteConfiguration of a port, which does not promise HTTP/3 if proxies cannot have it. */
export function sentRouteConfig(
  config: RouteConfig,
  fetch: Fetch,
  listeners: Collection<SentListener>,
): Resource {
  const { http3: _, ...without } = config;
  const refused = config.http3 === true &&
    fetch.one(listeners, `Listener|${quicKey(config.key)}`)?.refusal !== undefined;
  return encodeRouteConfiguration(refused ? without : config);
}

/** Told to a Gateway without the HTTP/3 that it asks for: it is served all the same, so no condition says so. */
export function http3Refusals(
  { key, gateway, port, quic }: Listener,
  fetch: Fetch,
  listeners: Collection<SentListener>,
): readonly Diagnostic[] {
  const refusal = quic === true ? fetch.one(listeners, `Listener|${key}`)?.refusal : undefined;
  if (refusal === undefined) return [];
  const message = `Proxies refuse HTTP/3 on port ${port}: ${refusal}`;
  return [{ object: gateway, severity: 'warning', code: 'RefusedByEnvoy', field: 'spec.listeners', message }];
}

export interface SentTcpProxy extends Resource {
  /** Envoy's words, if it refused what the connections should get. */
  readonly refusal?: string;
}

export function sentTcpProxy(proxy: TcpProxy, fetch: Fetch, refusals: Collection<Refusal>): SentTcpProxy {
  const resource = encodeTcpProxy(proxy);
  const refusal = fetch.one(refusals, resource.version);
  return refusal === undefined ? resource : { ...encodeClosedTcpProxy(proxy), refusal: refusal.message };
}

/** That Envoy refused what a route makes of a stream. `key` is the stream's. */
export interface StreamRefusal extends Keyed {
  /** Key of the Destinations. */
  readonly route: string;
  readonly message: string;
}

export function streamRefusal(
  { key, route }: Stream,
  fetch: Fetch,
  sent: Collection<SentTcpProxy>,
): StreamRefusal | undefined {
  const refusal = fetch.one(sent, `TypedExtensionConfig|${key}`)?.refusal;
  if (route === undefined || refusal === undefined) return undefined;
  return { key, route, message: `Envoy refuses the route, so its connections are closed: ${refusal}` };
}

export interface VirtualHostReads {
  readonly routeSets: Collection<EncodedRouteSet>;
  readonly refusals: Collection<Refusal>;
}

/** A virtual host as it is sent. */
export interface SentVirtualHost extends Resource {
  /** Envoy's words, if it refused the host whatever its routes, so that all its requests are answered with 500. */
  readonly refusal?: string;
}

export function sentVirtualHost(host: VirtualHost, fetch: Fetch, reads: VirtualHostReads): SentVirtualHost {
  const { routeSets, refusals } = reads;
  const members = encodedMembers(host, (key) => fetch.one(routeSets, key));
  let refusal: string | undefined;
  const told = (found: Refusal | undefined): boolean => {
    refusal ??= found?.message;
    return found !== undefined;
  };
  let resource: Resource;
  if (members.length <= FEW) {
    resource = encodeVirtualHost(host, members, (hash) => told(fetch.one(refusals, hash)));
  } else {
    const refused = new Map(fetch.all(refusals).map((each) => [each.key, each]));
    resource = encodeVirtualHost(host, members, (hash) => told(refused.get(hash)));
  }
  if (refusal === undefined || members.length === 0 || resource.parts?.length !== 0) return resource;
  return { ...resource, refusal };
}

/** For each route of a hostname that is answered with 500 as a whole. */
export function hostRefusals(
  { name, refusal }: SentVirtualHost,
  fetch: Fetch,
  hosts: Collection<VirtualHost>,
): readonly Diagnostic[] {
  const host = refusal === undefined ? undefined : fetch.one(hosts, name);
  if (host === undefined) return [];
  const message =
    `Envoy refuses hostname ${host.domain} of port ${host.port} as a whole, so it answers 500: ${refusal}`;
  return host.members.map(({ routes }) => {
    const [kind = '', namespace = '', route = ''] = routes.replace(/\+.*$/, '').split('/');
    const group = kind === 'Mapping' ? 'getambassador.io' : 'gateway.networking.k8s.io';
    const object = { group, kind, namespace, name: route };
    return { object, severity: 'error', code: 'RefusedByEnvoy', field: 'spec.hostnames', message };
  });
}

/** The members whose routes exist. */
export function encodedMembers(
  host: VirtualHost,
  find: (routeSet: string) => EncodedRouteSet | undefined,
): readonly EncodedMember[] {
  return host.members.flatMap(({ routes, hostname }) => {
    const set = find(routes);
    return set === undefined ? [] : [{ hostname, set }];
  });
}

export interface RouteRefusalReads extends VirtualHostReads {
  /** By their route. */
  readonly streamRefusals: Index<StreamRefusal>;
}

/** Whether Envoy refused a route object's rules. */
export function routeRefusal(key: string, fetch: Fetch, reads: RouteRefusalReads): RouteRefusal | undefined {
  const [stream] = fetch.by(reads.streamRefusals, key);
  if (stream !== undefined) return { whole: true, message: stream.message };
  const set = fetch.one(reads.routeSets, key);
  const refusal = set && fetch.one(reads.refusals, set.hash);
  return refusal &&
    { whole: true, message: `Envoy refuses the rules, so they answer 500: ${refusal.message}` };
}
