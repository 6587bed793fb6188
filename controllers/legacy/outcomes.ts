import type { Collection, Index, Keyed } from '../../lib/graph/types.ts';
import type { Listener, TcpProxy, VirtualHost } from '../../lib/model/mod.ts';
import type { ObjectCollections } from '../inputs.ts';
import type { AuthResult } from './auth.ts';
import type { Judged } from './conditions.ts';
import type { NamedFlow } from './dataflow-named.ts';
import type { HostAtSite, HostResult, LegacyPort, MappingEntry, NamedChecks, Site } from './flow.ts';
import type { GroupResult } from './groups.ts';
import type { LogResult } from './logs.ts';
import type { Annotated, UnreadableAnnotated } from './objects.ts';
import type { RateLimitResult } from './rate-limit.ts';
import type { TcpEntry, TcpGroup } from './tcp.ts';
import type { TracingResult } from './tracing.ts';

/** What the status API follows from an object to what it became. */
export interface LegacyOutcomes extends NamedFlow {
  readonly judged: Collection<Judged>;
  /** With those that have no status. */
  readonly listed: Collection<Judged>;
  readonly entries: Collection<MappingEntry>;
  readonly groups: Collection<GroupResult>;
  readonly entriesByGroup: Index<MappingEntry>;
  /** By the group's key. */
  readonly domainsByGroup: Index<VirtualHost>;
  /** Domains at shared ports that do not open for them, and Hosts at sites. */
  readonly shutDomains: Collection<Keyed>;
  readonly shutHosts: Collection<Keyed>;
  readonly hosts: Collection<HostResult>;
  readonly atSites: Collection<HostAtSite>;
  readonly sites: Collection<Site>;
  readonly ports: Collection<LegacyPort>;
  readonly portsByPlace: Index<LegacyPort>;
  /** Of the ports that are bound. */
  readonly listeners: Collection<Listener>;
  readonly checks: Collection<NamedChecks>;
  readonly auth: Collection<AuthResult>;
  readonly rateLimits: Collection<RateLimitResult>;
  readonly tracings: Collection<TracingResult>;
  readonly logs: Collection<LogResult>;
  readonly tcpEntries: Collection<TcpEntry>;
  readonly tcpGroups: Collection<TcpGroup>;
  readonly tcpProxies: Collection<TcpProxy>;
}

export interface LegacyResources extends LegacyOutcomes {
  readonly objects: ObjectCollections;
  /** Resources of annotations, by `Kind/namespace/name`; the last is used. */
  readonly annotated: Index<Annotated>;
  /** Likewise. */
  readonly unreadableAnnotated: Index<UnreadableAnnotated>;
}
