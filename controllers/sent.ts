/** What is sent to proxies: encoded model values, with a substitute for each content that Envoy refused. */

import {
  encodeClosedRouteConfiguration,
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
import {
  type Cluster,
  describe,
  type Diagnostic,
  type Listener,
  type RouteConfig,
  type TcpProxy,
  type VirtualHost,
} from '../lib/model/mod.ts';
import type { Refusal, Stream } from './flow.ts';
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

export interface SentRouteConfig extends Resource {
  /** Envoy's words, if it refused what all requests of the port are to go through. */
  readonly refusal?: string;
}

/**
 * The RouteConfiguration of a port, which does not promise HTTP/3 if proxies cannot have it. Without the checks that Envoy
 * refused, nothing is let through.
 */
export function sentRouteConfig(
  config: RouteConfig,
  fetch: Fetch,
  { listeners, refusals }: {
    readonly listeners: Collection<SentListener>;
    readonly refusals: Collection<Refusal>;
  },
): SentRouteConfig {
  const { http3, ...without } = config;
  const http3Refused = http3 !== undefined &&
    fetch.one(listeners, `Listener|${http3}`)?.refusal !== undefined;
  const promised = http3Refused ? without : config;
  const resource = encodeRouteConfiguration(promised);
  const refusal = config.checks === undefined ? undefined : fetch.one(refusals, resource.version);
  return refusal === undefined
    ? resource
    : { ...encodeClosedRouteConfiguration(promised), refusal: refusal.message };
}

/** Told to the objects behind what all requests of a port go through. */
export function checkRefusals(
  { key, port, checks }: RouteConfig,
  fetch: Fetch,
  sent: Collection<SentRouteConfig>,
): readonly Diagnostic[] {
  const refusal = fetch.one(sent, `RouteConfiguration|${key}`)?.refusal;
  if (refusal === undefined) return [];
  const message = `Envoy refuses the checks of port ${port}, so all its requests get 500: ${refusal}`;
  return (checks?.origins ?? []).map((object) => ({
    object,
    severity: 'error',
    code: 'RefusedByEnvoy',
    field: 'spec',
    message,
  }));
}

/**
 * Told to a Gateway without the HTTP/3 that it asks for: it is served all the same, so no condition says so. A legacy
 * Listener for HTTP/3 is for nothing else.
 */
export function http3Refusals(
  { key, gateway, port, quic }: Listener,
  fetch: Fetch,
  listeners: Collection<SentListener>,
): readonly Diagnostic[] {
  const refusal = quic === true ? fetch.one(listeners, `Listener|${key}`)?.refusal : undefined;
  if (refusal === undefined) return [];
  const message = `Proxies refuse HTTP/3 on port ${port}: ${refusal}`;
  const ofGateway = gateway.kind === 'Gateway';
  return [{
    object: gateway,
    severity: ofGateway ? 'warning' : 'error',
    code: 'RefusedByEnvoy',
    field: ofGateway ? 'spec.listeners' : 'spec',
    message,
  }];
}

/** Told to a legacy Listener, whose status says nothing of its chains, and to whoever says a format for their logs. */
export function listenerRefusals(
  { key, gateway, port, chains, quic }: Listener,
  fetch: Fetch,
  listeners: Collection<SentListener>,
): readonly Diagnostic[] {
  const refusal = quic === true ? undefined : fetch.one(listeners, `Listener|${key}`)?.refusal;
  if (refusal === undefined) return [];
  const message = `Envoy refuses what port ${port} should be, so it is served without spans and logs, ` +
    `or not at all where that does not help: ${refusal}`;
  const logs = chains.flatMap(({ handler }) => handler.type === 'http' ? handler.logs ?? [] : []);
  const origins = new Map(logs.flatMap((log) => {
    const origin = log.type === 'stream' ? log.origin : undefined;
    return origin === undefined ? [] : [[`${describe(origin.object)} ${origin.field}`, origin] as const];
  }));
  return [{ object: gateway, field: 'spec' }, ...origins.values()].map((told): Diagnostic => ({
    ...told,
    severity: 'error',
    code: 'RefusedByEnvoy',
    message,
  }));
}

export interface SentTcpProxy extends Resource {
  /** Envoy's words, if it refused what the connections should get. */
  readonly refusal?: string;
  /** The same, if all is well without logs. */
  readonly unlogged?: string;
}

/** Connections are served without the logs that Envoy refuses, and closed if that does not help. */
export function sentTcpProxy(proxy: TcpProxy, fetch: Fetch, refusals: Collection<Refusal>): SentTcpProxy {
  const resource = encodeTcpProxy(proxy);
  const refusal = fetch.one(refusals, resource.version);
  if (refusal === undefined) return resource;
  const { logs, ...without } = proxy;
  const plain = logs === undefined ? undefined : encodeTcpProxy(without);
  return plain !== undefined && fetch.one(refusals, plain.version) === undefined
    ? { ...plain, unlogged: refusal.message }
    : { ...encodeClosedTcpProxy(proxy), refusal: refusal.message };
}

/** Told to those whose connections are closed or not logged, but for routes. */
export function tcpProxyRefusals(
  { key, origins = [] }: TcpProxy,
  fetch: Fetch,
  sent: Collection<SentTcpProxy>,
): readonly Diagnostic[] {
  const { refusal, unlogged } = fetch.one(sent, `TypedExtensionConfig|${key}`) ?? {};
  if (refusal === undefined && unlogged === undefined) return [];
  const message = refusal === undefined
    ? `Envoy refuses to log the connections, so they are served without: ${unlogged}`
    : `Envoy refuses where the connections should go, so they are closed: ${refusal}`;
  return origins.map((object) => ({
    object,
    severity: refusal === undefined ? 'warning' : 'error',
    code: 'RefusedByEnvoy',
    field: 'spec',
    message,
  }));
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
