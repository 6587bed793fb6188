/** Values that pass between the reconcilers of legacy resources. */

import type { Host, LegacyListenerSpec, Mapping, TLSContext } from '../../lib/api/legacy/mod.ts';
import type { Keyed } from '../../lib/graph/types.ts';
import type { Cluster, Diagnostic, DownstreamTls, ObjectRef, RequestChecks } from '../../lib/model/mod.ts';
import type { SecretUse } from '../flow.ts';
import type { Placement } from './placement.ts';

/** A port that a Listener opens, or one that is made for what is older than Listeners. `key` is the model Listener's. */
export interface LegacyPort extends Keyed {
  readonly object: ObjectRef;
  /** What is bound instead of the address of all Listeners. */
  readonly address?: string;
  readonly spec: Omit<LegacyListenerSpec, 'ambassadorIds'>;
  /** Its `port` is what is opened, whatever the spec says. */
  readonly placement: Placement;
}

/** What is served on a port in cleartext, or by TLS. `key` is that of its RouteConfig. */
export interface Site extends Keyed {
  readonly port: string;
  readonly publicPort: number;
  readonly fleet: string;
  readonly transport: 'cleartext' | 'tls';
  readonly securityModel: LegacyListenerSpec['securityModel'];
  readonly namespace: string;
  readonly hostBinding: LegacyListenerSpec['hostBinding'];
  /** Table of routes of the Gateway that has the port. */
  readonly shares?: string;
}

/** A Host with what its TLS means. `key` is `namespace/name`. */
export interface HostResult extends Keyed {
  readonly object: ObjectRef;
  readonly generation: number;
  readonly hostname: string;
  readonly selector?: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly action: Host['spec']['requestPolicy']['insecure']['action'];
  /** Absent: the Host has none, or it cannot be had. */
  readonly tls?: DownstreamTls;
  /** It cannot be had: the hostname is nobody else's by TLS. */
  readonly closed?: true;
  readonly secrets: readonly SecretUse[];
  /** Why the Host is not as it should be. */
  readonly problem?: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** A Host that a site has. `key` is `site|host`. */
export interface HostAtSite extends Keyed {
  readonly site: Site;
  readonly host: Omit<HostResult, 'diagnostics' | 'secrets' | 'problem' | 'generation'>;
}

/** A domain that a site has to know. `key` is `site/domain|source`. */
export interface DomainClaim extends Keyed {
  readonly site: string;
  readonly domain: string;
}

/** One Mapping that counts. `key` is `namespace/name`. */
export interface MappingEntry extends Keyed {
  readonly mapping: Mapping;
  /** What makes it one with others; absent if it cannot be used. */
  readonly group?: string;
  readonly problem?: { readonly field: string; readonly message: string };
}

/** Which hosts a group of Mappings is for. `key` is that of its RouteSet. */
export interface GroupPlace extends Keyed {
  /** The domain for which it is looked up. */
  readonly domain: string;
  /** Whether it names a host; else only selectors of Hosts get it. */
  readonly named: boolean;
  /** Its routes ask for the host themselves. */
  readonly everyHost: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Never redirected or rejected, as are challenges of certificate authorities and probes. */
  readonly acme: boolean;
}

/** TLSContexts that count. `key` is the name. */
export interface NamedContext extends Keyed {
  readonly context: TLSContext;
}

/** Where a group of Mappings, or a Host with TLS, is served. `key` is that of the group or the Host. */
export interface ServedBy extends Keyed {
  readonly fleets: readonly string[];
  /** It is at shared ports alone, none of which opens for it. */
  readonly shut?: true;
}

/** A port of the Service of a Gateway. `key` is `fleet|port/protocol`, and who wants it. */
export interface ServicePortWish extends Keyed {
  readonly fleet: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
}

/** A variant of groups that some Host asks for. */
export interface Need extends Keyed {
  readonly key: 'redirect' | 'redirect-always' | 'reject';
}

/** Whom Envoy asks by itself, and how long it waits for the answer, ms. */
export interface Asking extends Keyed {
  readonly clusters: readonly Cluster[];
  readonly secrets: readonly SecretUse[];
  readonly timeout: number;
}

/** What all requests of the installation go through. */
export interface NamedChecks extends Keyed {
  readonly checks: RequestChecks;
}

export function fleetsOf(places: readonly { readonly fleet: string }[]): readonly string[] {
  return [...new Set(places.map(({ fleet }) => fleet))].sort();
}
