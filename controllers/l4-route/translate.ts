import type { BackendRef, KubeObject } from '../../lib/api/mod.ts';
import type { Collection, Fetch } from '../../lib/graph/types.ts';
import type { ObjectRef } from '../../lib/model/mod.ts';
import type { Destination, Destinations, RouteAttachment, RouteResult, RouteVariant } from '../flow.ts';
import { type Report, type RuleProblem, toDiagnostic } from '../route/problem.ts';
import { type Gathering, resolveReference } from '../route/references.ts';
import { resolvedRefs, sortedValues } from '../route/translate.ts';
import type { BackendReads } from '../service/backend.ts';
import { destinationsKey, type Variant } from './destinations-key.ts';

export interface L4RouteReads extends BackendReads {
  readonly attachments: Collection<RouteAttachment>;
}

/** A TLSRoute, TCPRoute or UDPRoute: they differ only in who attaches them, and in what is sent. */
export interface L4Route extends KubeObject {
  readonly spec: {
    readonly rules: readonly { readonly backendRefs: readonly BackendRef[] }[];
  };
}

/**
 * Where a route sends what it gets, with what is wrong about it. Where it is attached shows only in its variants: TLS is
 * added for backends that ask for it by a BackendTLSPolicy, but only to what a listener has taken TLS from.
 */
export function translateL4Route(
  route: L4Route,
  fetch: Fetch,
  reads: L4RouteReads,
): RouteResult<Destinations> {
  const { metadata: { name, namespace = '', generation }, kind } = route;
  const ref: ObjectRef = { group: 'gateway.networking.k8s.io', kind, namespace, name };
  const key = `${kind}/${route.key}`;
  const translated = variantsOf(fetch.one(reads.attachments, key)).map((variant) =>
    translateVariant(route, variant, { ref, fetch, reads })
  );
  const problems = distinct(translated.flatMap((each) => each.problems));
  if (route.spec.rules.length > 1) {
    const message =
      'Only the first rule is used, since nothing tells the connections of several rules apart.';
    problems.push({ effect: 'note', reason: 'UnsupportedValue', message, field: 'spec.rules[1]' });
  }
  return {
    key,
    route: ref,
    sets: translated.map(({ variant }) => variant),
    services: [...new Set(translated.flatMap(({ services }) => services))].sort(),
    conditions: [resolvedRefs(problems, { observedGeneration: generation })],
    diagnostics: problems.map((problem) => toDiagnostic(problem, ref)),
  };
}

/** What the listeners that a route is attached to ask for; plain for a route that is attached nowhere. */
function variantsOf(attachment: RouteAttachment | undefined): readonly Variant[] {
  const variants = new Map<string, Variant>();
  for (const { listeners } of attachment?.parents ?? []) {
    for (const { clientCertificate, plain } of listeners) {
      const variant = {
        ...(clientCertificate === undefined ? {} : { clientCertificate }),
        ...(plain === undefined ? {} : { plain }),
      };
      variants.set(destinationsKey('', variant), variant);
    }
  }
  return variants.size === 0 ? [{ plain: true }] : sortedValues(variants);
}

interface Translated {
  readonly variant: RouteVariant<Destinations>;
  readonly services: readonly string[];
  readonly problems: readonly RuleProblem[];
}

function translateVariant(
  { kind, metadata, spec }: L4Route,
  variant: Variant,
  { ref, fetch, reads }: {
    readonly ref: ObjectRef;
    readonly fetch: Fetch;
    readonly reads: L4RouteReads;
  },
): Translated {
  const problems: RuleProblem[] = [];
  const isUdp = kind === 'UDPRoute';
  const into: Gathering = {
    ...reads,
    route: ref,
    protocol: isUdp ? 'udp' : 'tcp',
    fetch,
    clientCertificate: variant.clientCertificate,
    plain: variant.plain === true,
    clusters: new Map(),
    secrets: new Map(),
    mentioned: new Set(),
  };
  const report: Report = (problem) => {
    problems.push(problem);
  };
  const backends = (spec.rules[0]?.backendRefs ?? []).map((backendRef, index) => {
    const field = `spec.rules[0].backendRefs[${index}]`;
    const cluster = resolveReference(backendRef, into, { report, field, unused: backendRef.weight === 0 });
    const { weight } = backendRef;
    return isUdp
      ? datagrams(cluster, weight, into)
      : cluster === undefined
      ? { weight }
      : { cluster, weight };
  });
  if (backends.every(({ weight }) => weight === 0)) {
    const what = isUdp ? 'its datagrams are dropped' : 'its connections are closed';
    const message = `The route has no backends of a weight above 0, so ${what}.`;
    report({ effect: 'note', reason: 'NoBackends', message, field: 'spec.rules[0].backendRefs' });
  }
  const created = metadata.creationTimestamp === undefined ? 0 : Date.parse(metadata.creationTimestamp);
  const key = destinationsKey(`${kind}/${ref.namespace}/${ref.name}`, variant);
  return {
    variant: {
      ...variant,
      set: { key, created, backends },
      // Datagrams go by the cluster of their listener, which holds the endpoints of all backends.
      clusters: isUdp ? [] : sortedValues(into.clusters),
      secrets: sortedValues(into.secrets),
    },
    // Policies have no say in what is plain.
    // BackendTLSPolicies do not apply to what passes through; an XBackend is meant all the same.
    services: [...into.mentioned].filter((name) => variant.plain !== true || name.startsWith('XBackend/')),
    problems,
  };
}

function datagrams(cluster: string | undefined, weight: number, { clusters }: Gathering): Destination {
  const discovery = cluster === undefined ? undefined : clusters.get(cluster)?.discovery;
  return discovery?.type === 'endpoints' ? { endpoints: discovery, weight } : { weight };
}

/** A reference that fails does so in all variants. */
function distinct(problems: readonly RuleProblem[]): RuleProblem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}
