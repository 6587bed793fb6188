import type { BackendObjectReference } from '../../lib/api/mod.ts';
import type { Fetch } from '../../lib/graph/types.ts';
import type { Cluster, ObjectRef } from '../../lib/model/mod.ts';
import type { SecretUse } from '../flow.ts';
import {
  type BackendReads,
  type BackendSession,
  type BackendUse,
  resolveBackend,
} from '../service/backend.ts';
import { isXBackend } from '../x-backend/translate.ts';
import type { Report } from './problem.ts';

/** What the rules of one variant of a route gather while they are translated. */
export interface Gathering extends BackendReads {
  readonly route: ObjectRef;
  /** What its backends are spoken to in. */
  readonly protocol: BackendUse['protocol'];
  readonly fetch: Fetch;
  readonly clientCertificate: string | undefined;
  /** See `BackendUse.plain`. */
  readonly plain?: boolean;
  readonly clusters: Map<string, Cluster>;
  readonly secrets: Map<string, SecretUse>;
  /** What keeps sessions at clusters, by their names, where no rule does. */
  readonly sessions?: Map<string, BackendSession>;
  /** `namespace/name` of the Services, and `XBackend/namespace/name`, that it refers to and may. */
  readonly mentioned: Set<string>;
}

interface Reference {
  /** Path of the reference within the route. */
  readonly field: string;
  readonly report: Report;
  /** Other than the route's. */
  readonly protocol?: BackendUse['protocol'];
  /** Only checked: nothing is sent there. */
  readonly unused?: boolean;
}

/** Name of the cluster that a reference means; nothing if it is invalid, which is reported. */
export function resolveReference(
  ref: BackendObjectReference,
  into: Gathering,
  { field, report, protocol = into.protocol, unused = false }: Reference,
): string | undefined {
  const { route, clientCertificate, plain = false } = into;
  const use = {
    from: route,
    protocol,
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(plain ? { plain } : {}),
  };
  const resolved = resolveBackend(ref, into.fetch, { ...into, use });
  const named = isXBackend(ref) || ref.kind === 'Service';
  if ('cluster' in resolved || (resolved.problem.reason !== 'RefNotPermitted' && named)) {
    const key = `${ref.namespace ?? route.namespace}/${ref.name}`;
    into.mentioned.add(isXBackend(ref) ? `XBackend/${key}` : key);
  }
  if ('problem' in resolved) {
    report({ effect: 'reference', ...resolved.problem, field: `${field}.${resolved.problem.field}` });
    return undefined;
  }
  const { cluster, secrets, session } = resolved;
  if (session !== undefined) into.sessions?.set(cluster.key, session);
  if (unused) return cluster.key;
  into.clusters.set(cluster.key, cluster);
  for (const secret of secrets) into.secrets.set(secret.name, secret);
  return cluster.key;
}
