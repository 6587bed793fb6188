/** Values that pass between the reconcilers of legacy resources. */

import type { Host, LegacyListenerSpec, Mapping, TLSContext } from '../../lib/api/legacy/mod.ts';
import type { Keyed } from '../../lib/graph/types.ts';
import type { Diagnostic, DownstreamTls, ObjectRef } from '../../lib/model/mod.ts';
import type { SecretUse } from '../flow.ts';

/** A port that a Listener opens, or one that is made for what is older than Listeners. `key` is the model Listener's. */
export interface LegacyPort extends Keyed {
  readonly object: ObjectRef;
  readonly spec: Omit<LegacyListenerSpec, 'ambassadorIds'>;
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
  /** For challenges of certificate authorities, which are never redirected or rejected. */
  readonly acme: boolean;
}

/** TLSContexts that count. `key` is the name. */
export interface NamedContext extends Keyed {
  readonly context: TLSContext;
}

/** A variant of groups that some Host asks for. */
export interface Need extends Keyed {
  readonly key: 'redirect' | 'redirect-always' | 'reject';
}
