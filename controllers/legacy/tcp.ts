import { isIP } from 'node:net';

import type { TCPMapping } from '../../lib/api/legacy/mod.ts';
import type { Bucket, Fetch, Index, Keyed } from '../../lib/graph/types.ts';
import type { Cluster, Diagnostic, DownstreamTls, ObjectRef, TcpBackend } from '../../lib/model/mod.ts';
import type { SecretUse } from '../flow.ts';
import { sortedValues } from '../route/translate.ts';
import type { Settings } from '../settings.ts';
import type { HostResult, NamedContext } from './flow.ts';
import { namespacingOf } from './hosts.ts';
import { resolverOf, type ResolverReads } from './resolvers.ts';
import { ambassadorModule, refOf } from './settings.ts';
import { secretName, type Termination, terminationOf } from './termination.ts';
import { upstreamOf, type UpstreamReads } from './upstream.ts';
import { coveringFiles } from './virtual-hosts.ts';
import { byPreference, globCovers, isServerName } from './host-glob.ts';
import { sharesOf } from './weights.ts';

/** A TCPMapping that counts. `key` is `namespace/name`. */
export interface TcpEntry extends Keyed {
  readonly mapping: TCPMapping;
  /** See `tcpPlace`; absent if it cannot be had. */
  readonly place?: string;
  readonly problem?: { readonly field: string; readonly message: string };
}

/** The TCPMappings that take the same connections. `key` is `place|host`. */
export interface TcpGroup extends Keyed {
  /** Its members. */
  readonly origins: readonly ObjectRef[];
  readonly place: string;
  /** In lower case; absent: what comes is passed on as it is. */
  readonly host?: string;
  /** Absent with a host: it cannot be had, and connections are closed. */
  readonly tls?: DownstreamTls;
  readonly backends: readonly TcpBackend[];
  readonly idleTimeout?: number;
  readonly clusters: readonly Cluster[];
  readonly secrets: readonly SecretUse[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What listeners see of a group: nothing of where its connections go. */
export type TcpChain = Pick<TcpGroup, 'key' | 'origins' | 'place' | 'host' | 'tls'>;

/** An address and port; the address is empty for that of all Listeners. */
export function tcpPlace(port: number, address: string | undefined, { bind }: Settings): string {
  return `${address === undefined || address === bind ? '' : address}|${port}`;
}

export interface TcpReads extends UpstreamReads, ResolverReads {
  /** Hosts that terminate TLS or should, by `fileOf`. */
  readonly tlsHosts: Index<HostResult>;
  /** By each of their hosts. */
  readonly contextsByHost: Index<NamedContext>;
}

export function tcpEntry(
  mapping: TCPMapping,
  fetch: Fetch,
  reads: ResolverReads & { readonly settings: Settings },
): TcpEntry {
  const problem = problemOf(mapping, fetch, reads);
  const { key, spec: { port, address } } = mapping;
  if (problem !== undefined) return { key, mapping, problem };
  return { key, mapping, place: tcpPlace(port, address, reads.settings) };
}

function problemOf(
  { spec }: TCPMapping,
  fetch: Fetch,
  reads: ResolverReads & { readonly settings: Settings },
): TcpEntry['problem'] {
  const { bind } = reads.settings;
  const { address } = spec;
  if (address !== undefined && !mayBind(address, bind)) {
    return { field: 'spec.address', message: `${address} is neither ${bind} nor a loopback address.` };
  }
  const resolver = resolverOf(spec, fetch, reads);
  return 'problem' in resolver ? { field: 'spec.resolver', message: resolver.problem } : undefined;
}

/** Where the proxy binds all addresses it may bind any one. */
function mayBind(address: string, bind: string): boolean {
  if (isIP(address) === 0) return false;
  return address === bind || bind === '0.0.0.0' || bind === '::' || address === '::1' ||
    address.startsWith('127.');
}

/** Index bucket of a TCPMapping: those of one bucket share connections. */
export function tcpGroupOf({ place, mapping: { spec: { host } } }: TcpEntry): readonly string[] {
  return place === undefined ? [] : [`${place}|${host?.toLowerCase() ?? ''}`];
}

/** Where the connections of a group go: to each member its own share, whatever the others have. */
export function translateTcpGroup(
  { key, members: entries }: Bucket<TcpEntry>,
  fetch: Fetch,
  reads: TcpReads,
): TcpGroup | undefined {
  const [first] = entries;
  if (first?.place === undefined) return undefined;
  const module = ambassadorModule(fetch, reads.modules);
  const members = entries.map(({ mapping }) => mapping);
  const diagnostics: Diagnostic[] = [];
  const report = (
    mapping: TCPMapping,
    field: string,
    message: string,
    { severity = 'error', code = 'InvalidTCPMapping' }: Partial<Pick<Diagnostic, 'severity' | 'code'>> = {},
  ): void => {
    diagnostics.push({ object: refOf(mapping), severity, code, field, message });
  };
  const clusters = new Map<string, Cluster>();
  const secrets = new Map<string, SecretUse>();
  const backendOf = (mapping: TCPMapping, weight: number): TcpBackend => {
    const { metadata, spec } = mapping;
    const resolver = resolverOf(spec, fetch, reads);
    const consul = 'problem' in resolver ? undefined : resolver.consul;
    const asked = { metadata, spec: { ...spec, protocol: 'tcp', consul } } as const;
    const upstream = upstreamOf(asked, fetch, { ...reads, module });
    if (upstream.problem !== undefined) report(mapping, 'spec.service', upstream.problem);
    if (upstream.note !== undefined) {
      const { code, message } = upstream.note;
      report(mapping, 'spec.service', message, { severity: 'warning', code });
    }
    for (const secret of upstream.secrets) secrets.set(secret.name, secret);
    if (upstream.cluster === undefined) return { weight };
    clusters.set(upstream.cluster.key, upstream.cluster);
    return { cluster: upstream.cluster.key, weight };
  };

  const shares = sharesOf(members.map((mapping) => ({ mapping, weight: mapping.spec.weight })));
  if (shares === undefined) {
    for (const mapping of members) {
      report(
        mapping,
        'spec.weight',
        'The weights of the group are more than 100, so connections are closed.',
      );
    }
  }
  let drawn = 0;
  const backends = (shares ?? []).map(({ member: { mapping }, upTo }) => {
    const weight = upTo - drawn;
    drawn = upTo;
    return backendOf(mapping, weight);
  });
  const host = first.mapping.spec.host?.toLowerCase();
  const termination = host === undefined ? undefined : tlsOf(host, fetch, reads);
  if (termination !== undefined && 'problem' in termination) {
    for (const mapping of members) report(mapping, 'spec.host', termination.problem);
  }
  const tls = termination !== undefined && 'tls' in termination ? termination : undefined;
  for (const secret of tls?.secrets ?? []) secrets.set(secret.name, secret);
  const idleTimeout = members.map(({ spec }) => spec.idleTimeoutMs).findLast((each) => each !== undefined);
  return {
    key,
    origins: members.map(refOf),
    place: first.place,
    backends: host === undefined || tls !== undefined ? backends : [],
    clusters: sortedValues(clusters),
    secrets: sortedValues(secrets),
    diagnostics,
    ...(host === undefined ? {} : { host }),
    ...(tls === undefined ? {} : { tls: tls.tls }),
    ...(idleTimeout === undefined ? {} : { idleTimeout }),
  };
}

/** The TLS of the Host that has the name, by its hostname, or of a TLSContext that names it. */
function tlsOf(
  name: string,
  fetch: Fetch,
  reads: TcpReads,
): Termination | { readonly problem: string } {
  if (!isServerName(name)) {
    return { problem: `host ${name} is no TLS server name: a * stands alone, or in front of a dot.` };
  }
  const [host] = coveringFiles(name)
    .flatMap((file) => fetch.by(reads.tlsHosts, file))
    .filter(({ hostname }) => globCovers(hostname, name))
    .sort((a, b) => byPreference(a.hostname, b.hostname));
  if (host?.tls !== undefined) return { tls: host.tls, secrets: host.secrets };
  if (host !== undefined) {
    return { problem: `Host ${host.key} has no TLS, so connections are closed: ${host.problem}` };
  }
  const [named] = fetch.by(reads.contextsByHost, name);
  if (named === undefined) {
    return { problem: `No Host with TLS and no TLSContext has ${name}, so its connections are closed.` };
  }
  const { spec, metadata } = named.context;
  const { namespace = '' } = metadata;
  const problems: string[] = [];
  const report = (_: string, message: string): void => void problems.push(message);
  const secretNamespacing = namespacingOf(named.context, fetch, reads.modules);
  const own = spec.secret === undefined
    ? undefined
    : secretName(spec.secret, namespace, { secretNamespacing });
  if (own === undefined) return { problem: `TLSContext ${metadata.name} has no secret.` };
  const termination = terminationOf({ own, settings: spec, base: namespace }, {
    fetch,
    secrets: reads.secrets,
    report,
    fields: { secret: '', settings: '' },
    secretNamespacing,
  });
  const [problem] = problems;
  if (problem === undefined) return termination;
  return { problem: `TLSContext ${metadata.name} has no TLS, so connections are closed: ${problem}` };
}

export function tcpChain({ key, origins, place, host, tls }: TcpGroup): TcpChain {
  return {
    key,
    origins,
    place,
    ...(host === undefined ? {} : { host }),
    ...(tls === undefined ? {} : { tls }),
  };
}
