/** Values that pass between the reconcilers: what one computes and another fetches. */

import type { Keyed } from '../lib/graph/types.ts';
import type {
  Cluster,
  Diagnostic,
  EndpointDiscovery,
  ExternalAuth,
  Listener,
  ObjectRef,
  RouteConfig,
  RouteSet,
} from '../lib/model/mod.ts';
import type { Condition } from '../lib/api/condition.ts';
import type { GatewayStatusAddress } from '../lib/api/gateway.ts';
import type { Requested } from './gateway/place.ts';
import type { LegacyAnchors } from './secret/legacy-trust.ts';

/** What routes see of one Gateway or ListenerSet listener: a projection, so that other edits of the Gateway wake no route. */
export interface ListenerProjection extends Keyed {
  /** `Gateway/ns/name/section` or `ListenerSet/ns/name/section`. */
  readonly key: string;
  /** The Gateway or ListenerSet that declares it. */
  readonly parent: ObjectRef;
  readonly gateway: ObjectRef;
  readonly fleet: string;
  readonly section: string;
  /** The port in the spec. */
  readonly port: number;
  /** The port in redirects, shifted in standalone mode. */
  readonly publicPort: number;
  /** `unknown` is never accepted. */
  readonly protocol: 'HTTP' | 'HTTPS' | 'TLS' | 'TCP' | 'UDP' | 'unknown';
  /** Lower case; absent for any. */
  readonly hostname?: string;
  readonly tlsMode?: 'Terminate' | 'Passthrough';
  /** Route kinds that may attach: allowed by the listener and supported for the protocol. */
  readonly kinds: readonly { readonly group: string; readonly kind: string }[];
  readonly namespaces: NamespaceRule;
  /** Key of the model's Listener and RouteConfig: `namespace/gateway/port`, and `/udp` after it for UDP. */
  readonly routeConfig: string;
  /** See `HttpHandler.chainId`. */
  readonly chainId?: string;
  /**
   * False for a conflicted or otherwise unaccepted listener: routes do not attach and it claims no hostname. True for one
   * that only lacks certificates: it serves nothing, but its routes are counted and its hostname is not given to others.
   */
  readonly accepted: boolean;
  /** SDS name of the certificate that the Gateway presents to TLS backends. */
  readonly clientCertificate?: string;
}

/** `allowedRoutes.namespaces`, resolved against the namespace of the parent. */
export type NamespaceRule =
  | { readonly from: 'All' }
  | { readonly from: 'None' }
  | { readonly from: 'Same'; readonly namespace: string }
  | { readonly from: 'Selector'; readonly selector: LabelSelector };

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
  readonly matchExpressions?:
    | readonly {
      readonly key: string;
      readonly operator: string;
      readonly values?: readonly string[] | undefined;
    }[]
    | undefined;
}

/** Everything that one Gateway with its ListenerSets becomes. `key` is the Gateway's `namespace/name`. */
export interface GatewayResult extends Keyed {
  readonly projections: readonly ListenerProjection[];
  readonly listeners: readonly Listener[];
  readonly routeConfigs: readonly RouteConfig[];
  /** Where its spans go. */
  readonly collectors: readonly Cluster[];
  /** Of listeners that have any. */
  readonly filters: readonly ListenerFilters[];
  /** SDS names that the listeners and backends of this Gateway use, with what is behind them. */
  readonly secrets: readonly SecretUse[];
  /** Without `Programmed`, which waits for proxies, and without `attachedRoutes`, which waits for routes. */
  readonly status: GatewayVerdict;
  readonly diagnostics: readonly Diagnostic[];
}

/** What a listener asks before routing (GEP-5224). `key` is that of the ListenerProjection. */
export interface ListenerFilters extends Keyed {
  readonly auths: readonly ExternalAuth[];
  readonly clusters: readonly Cluster[];
  /** Trust anchors and client certificates of those clusters. */
  readonly secrets: readonly SecretUse[];
  /** `namespace/name` of the Services that they refer to and may, whether they exist or not; sorted. */
  readonly services: readonly string[];
}

/** A Secret or a set of CA references that proxies get by SDS under `name`. */
export interface SecretUse {
  readonly name: string;
  readonly type: 'certificate' | 'trust';
  /** References in order: one Secret for a certificate; ConfigMaps or Secrets for trust anchors, all granted and valid. */
  readonly sources: readonly ObjectRef[];
  /** Set for trust anchors of legacy resources, in one Secret. */
  readonly legacy?: LegacyAnchors;
  /** A Secret whose `crl.pem` lists certificates that count no more. */
  readonly revocations?: ObjectRef;
}

/** A Gateway's and its ListenerSets' conditions as far as configuration alone decides them. */
export interface GatewayVerdict {
  readonly generation: number;
  readonly conditions: readonly Condition[];
  /** What proxies bind, where the configuration alone decides it (standalone mode); else the platform assigns it. */
  readonly addresses: readonly GatewayStatusAddress[];
  /** What of `spec.addresses` the platform must have assigned. */
  readonly requestedAddresses: readonly Requested[];
  /** Why others cannot be had, whatever the platform says. */
  readonly unusableAddresses: readonly {
    readonly reason: 'AddressNotUsable' | 'AddressNotAssigned';
    readonly message: string;
  }[];
  /** ListenerSets whose `Accepted` is true. */
  readonly attachedListenerSets: number;
  readonly listeners: readonly ListenerVerdict[];
  readonly listenerSets: readonly ListenerSetVerdict[];
}

/** The same of a ListenerSet. `key` is its `namespace/name`. */
export interface ListenerSetVerdict extends Keyed {
  /** `namespace/name` of the Gateway. */
  readonly gateway: string;
  readonly generation: number;
  readonly conditions: readonly Condition[];
  readonly listeners: readonly ListenerVerdict[];
}

export interface ListenerVerdict {
  readonly name: string;
  /** Key of the ListenerProjection. */
  readonly projection: string;
  readonly supportedKinds: readonly { readonly group: string; readonly kind: string }[];
  readonly conditions: readonly Condition[];
  /** Key of the model's Listener that must be ACKed for `Programmed`; absent if nothing is to be programmed. */
  readonly listener?: string;
}

/** Where one route is attached. `key` is `Kind/namespace/name`. */
export interface RouteAttachment extends Keyed {
  readonly route: ObjectRef;
  /** Creation time, ms since the epoch; 0 if unknown. */
  readonly created: number;
  readonly parents: readonly ParentAttachment[];
}

export interface ParentAttachment {
  /** Index in `spec.parentRefs`. */
  readonly index: number;
  /** Whether the parent is one of ours; others get no status from us. */
  readonly ours: boolean;
  readonly accepted: boolean;
  /** Of the `Accepted` condition. */
  readonly reason: string;
  readonly message: string;
  readonly listeners: readonly AttachedListener[];
  /** Set if the route is accepted, but gives way to another on some listener. */
  readonly conflict?: string;
}

/** A route gives way to one of another kind. `key` is `listener|Kind/namespace/name`. */
export interface HostnameDefeat extends Keyed {
  /** `Kind/namespace/name` of the route that stays. */
  readonly winner: string;
  /** What that route has. */
  readonly hostname: string;
}

export interface AttachedListener {
  /** Key of the ListenerProjection. */
  readonly listener: string;
  readonly fleet: string;
  readonly routeConfig: string;
  readonly publicPort: number;
  /** Intersections of the listener's and the route's hostnames, with the route's own; `*` for any. */
  readonly hostnames: readonly { readonly domain: string; readonly own: string }[];
  readonly clientCertificate?: string;
  /** Set if bytes go to backends as they came, so that no TLS is added: TCP, UDP, and TLS that passes through. */
  readonly plain?: true;
}

/** What the rules of one route become. `key` is `Kind/namespace/name`. */
export interface RouteResult<Set extends Keyed = RouteSet> extends Keyed {
  readonly route: ObjectRef;
  /** One for each distinct `clientCertificate` and `plain` of the listeners that it is attached to; at least one. */
  readonly sets: readonly RouteVariant<Set>[];
  /** `namespace/name` of the Services, and `XBackend/namespace/name`, that it refers to and may, whether they exist or not; sorted. */
  readonly services: readonly string[];
  /** `ResolvedRefs`, `PartiallyInvalid` and the like; the same for every parent, lacks `lastTransitionTime`. */
  readonly conditions: readonly Condition[];
  /** Set if no rule can be used: the route is not accepted, with this reason and message. */
  readonly rejected?: { readonly reason: string; readonly message: string };
  readonly diagnostics: readonly Diagnostic[];
}

export interface RouteVariant<Set extends Keyed = RouteSet> {
  readonly clientCertificate?: string;
  readonly plain?: true;
  readonly set: Set;
  readonly clusters: readonly Cluster[];
  /** Trust anchors and client certificates of those clusters. */
  readonly secrets: readonly SecretUse[];
}

/** Where a TLSRoute, TCPRoute or UDPRoute sends connections or datagrams. `key` is its own, with what differs by variant. */
export interface Destinations extends Keyed {
  /** Creation time, ms since the epoch; 0 if unknown. The oldest route of a listener and hostname wins. */
  readonly created: number;
  readonly backends: readonly Destination[];
}

/** Absent `cluster` and `endpoints`: the reference is invalid, and this share is lost. */
export interface Destination {
  readonly weight: number;
  /** TCP: name of the cluster. */
  readonly cluster?: string;
  /** UDP: whose endpoints are put together. */
  readonly endpoints?: EndpointDiscovery;
}

/** The connections of one hostname on one listener for TLS, TCP or UDP. `key` is `listener/hostname`, also of its TcpProxy. */
export interface Stream extends Keyed {
  readonly listener: string;
  readonly gateway: ObjectRef;
  readonly fleet: string;
  readonly protocol: 'tcp' | 'udp';
  /** Key of the Destinations of the route that has it; absent if none does. */
  readonly route?: string;
  readonly backends: readonly Destination[];
  /** Keys of the Destinations of routes that would have it, were it not for another. */
  readonly losers: readonly string[];
}

/** A TLS hostname of routes that a port needs a filter chain for. `key` is that of the Stream. */
export interface RouteChain extends Keyed {
  /** Key of the model's Listener. */
  readonly port: string;
  /** Key of the ListenerProjection, and name of its own chain. */
  readonly listener: string;
  readonly hostname: string;
}

/** A hostname that a route or a listener wants on a port. `key` is `routeConfig/domain|listener|route set`. */
export interface HostClaim extends Keyed {
  readonly routeConfig: string;
  readonly domain: string;
  readonly listener: string;
  /** Absent for the listener's own claim. */
  readonly routes?: string;
  /** The route's own hostname. */
  readonly own?: string;
  /** Of Mappings: the hostname by which their Hosts have them. Without `routes` nothing is served there. */
  readonly legacy?: string;
}

/** One fleet needs one Envoy resource. `key` is `fleet|resource key`. */
export interface Membership extends Keyed {
  readonly fleet: string;
  readonly resource: string;
}

/** The status that an object should have, without times. `key` is `Kind/namespace/name` (or `Kind/name`). */
export interface StatusResult extends Keyed {
  readonly object: ObjectRef;
  readonly generation: number;
  readonly status: unknown;
}

/** Diagnostics of one object. `key` is `Kind/namespace/name`. */
export interface DiagnosticSet extends Keyed {
  readonly diagnostics: readonly Diagnostic[];
}

/** Input: a resource version that all connected proxies of a fleet run. `key` is `fleet|resource key`. */
export interface Delivered extends Keyed {
  readonly version: string;
}

/** Input: content that Envoy refused. `key` is the content hash (a resource's `version` or a part's hash). */
export interface Refusal extends Keyed {
  /** Envoy's own words. */
  readonly message: string;
}

/** What proxies of some fleets have because of somebody. */
export interface Use extends Keyed {
  readonly fleets: readonly string[];
  /** How long Envoy itself may be waiting there for an answer, ms: it fails with what it waits at. */
  readonly patience?: number;
}

/** One user's use of a cluster. `key` is `cluster|user`. */
export interface ClusterUse extends Use {
  readonly cluster: Cluster;
}

/** One user's use of a secret. `key` is `name|user`. */
export interface FleetSecretUse extends Use {
  readonly use: SecretUse;
}

/** Requests that wait before they are routed, for at most `patience`. `key` is `stage|user`. */
export interface Wait extends Use {
  /** Requests go through one wait of each stage. */
  readonly stage: string;
  readonly patience: number;
}

/** How long requests of a fleet may wait in all before they are routed, ms. `key` is the fleet. */
export interface Patience extends Keyed {
  readonly patience: number;
}

/** Input: what time it is, told at the start and when something expires. Its only key is `now`. */
export interface Clock extends Keyed {
  /** ms since the epoch. */
  readonly time: number;
}

/** Input: where a Gateway is reached. `key` is `namespace/name`. */
export interface GatewayAddresses extends Keyed {
  readonly addresses: readonly GatewayAddress[];
  /** Of the addresses that requests get which ask for no routability. */
  readonly byDefault: GatewayAddress['routability'];
}

export interface GatewayAddress {
  readonly type: 'IPAddress' | 'Hostname';
  readonly value: string;
  /** `Cluster` for the Service's own addresses. */
  readonly routability: '' | 'Cluster';
}

/** Input: what keeps an owner's objects from being made or changed. `key` is `Gateway/namespace/name`, or that of an XBackend. */
export interface InfraFault extends Keyed {
  /** Of `Programmed`, or an XBackend's `Accepted`: the platform has no room for them, or refuses them as they are. */
  readonly reason: 'NoResources' | 'Invalid';
  /** The platform's own words, and what they are about. */
  readonly message: string;
}

/** A service that Consul is asked for. `key` is `address|datacenter|service`. */
export interface ConsulQuery extends Keyed {
  readonly address: string;
  readonly datacenter: string;
  readonly service: string;
}

/** Input: what Consul says of a query. */
export interface ConsulAnswer extends Keyed {
  readonly endpoints: readonly { readonly address: string; readonly port: number }[];
  /** Why nothing newer is known. */
  readonly problem?: string;
}

/** Input: a kind that not every cluster has; this one does. `key` is the kind. */
export interface InstalledDefinition extends Keyed {
  /** `standard` or `experimental`, if the definition says. */
  readonly channel?: string | undefined;
  /** Such as `v1.7.0`, if the definition says. */
  readonly bundleVersion?: string | undefined;
}
