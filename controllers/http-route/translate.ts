import type { Condition, HTTPRoute } from '../../lib/api/mod.ts';
import type { Collection, Fetch } from '../../lib/graph/types.ts';
import type { ObjectRef } from '../../lib/model/mod.ts';
import type { RouteAttachment, RouteResult, RouteVariant } from '../flow.ts';
import type { BackendReads } from '../service/backend.ts';
import { routeSetKey } from '../virtual-host/route-set-key.ts';
import { type RuleProblem, toDiagnostic } from './problem.ts';
import type { Gathering } from './references.ts';
import { translateRule } from './rule.ts';

export interface HttpRouteReads extends BackendReads {
  readonly attachments: Collection<RouteAttachment>;
}

/**
 * The rules of an HTTPRoute in Envoy's terms, with what they reach and what is wrong with them. Where the route is
 * attached shows only in its variants: one for each client certificate that its Gateways present to TLS backends.
 */
export function translateHttpRoute(route: HTTPRoute, fetch: Fetch, reads: HttpRouteReads): RouteResult {
  const { metadata: { name, namespace = '' }, kind } = route;
  const ref: ObjectRef = { group: 'gateway.networking.k8s.io', kind, namespace, name };
  const key = `${kind}/${route.key}`;
  const certificates = certificatesOf(fetch.one(reads.attachments, key));
  const variants = certificates.map((certificate) =>
    translateVariant(route, certificate, { ref, fetch, reads })
  );
  const [first] = variants;
  if (first === undefined) throw new Error('a route has at least one variant');
  const { problems, invalid } = first;
  const rejected = invalid.length === route.spec.rules.length ? invalid[0] : undefined;
  return {
    key,
    route: ref,
    sets: variants.map(({ variant }) => variant),
    services: first.services,
    conditions: conditionsOf(route, { problems, invalid, rejected: rejected !== undefined }),
    ...(rejected === undefined ? {} : { rejected: { reason: rejected.reason, message: rejected.message } }),
    diagnostics: problems.map((problem) => toDiagnostic(problem, ref)),
  };
}

/** The client certificates of the listeners that a route is attached to; none is the first. */
function certificatesOf(attachment: RouteAttachment | undefined): readonly (string | undefined)[] {
  const certificates = new Set<string>();
  let none = true;
  let attached = false;
  for (const { listeners } of attachment?.parents ?? []) {
    for (const { clientCertificate } of listeners) {
      if (!attached) none = false;
      attached = true;
      if (clientCertificate === undefined) none = true;
      else certificates.add(clientCertificate);
    }
  }
  const sorted = [...certificates].sort();
  return none ? [undefined, ...sorted] : sorted;
}

interface InvalidRule {
  readonly rule: string;
  readonly reason: string;
  readonly message: string;
}

interface TranslatedVariant {
  readonly variant: RouteVariant;
  readonly services: readonly string[];
  readonly problems: readonly RuleProblem[];
  readonly invalid: readonly InvalidRule[];
}

function translateVariant(
  { metadata, spec }: HTTPRoute,
  clientCertificate: string | undefined,
  { ref, fetch, reads }: { readonly ref: ObjectRef; readonly fetch: Fetch; readonly reads: HttpRouteReads },
): TranslatedVariant {
  const into: Gathering = {
    ...reads,
    route: ref,
    fetch,
    clientCertificate,
    clusters: new Map(),
    secrets: new Map(),
    mentioned: new Set(),
  };
  const rules = spec.rules.map((rule, index) => translateRule(rule, into, index));
  const invalid = rules.flatMap(({ valid, problems }, index): InvalidRule[] => {
    const fault = valid ? undefined : problems.find(({ effect }) => effect === 'rule');
    if (fault === undefined) return [];
    return [{ rule: spec.rules[index]?.name ?? String(index), reason: fault.reason, message: fault.message }];
  });
  const created = metadata.creationTimestamp === undefined ? 0 : Date.parse(metadata.creationTimestamp);
  const routes = rules.flatMap((rule) => rule.routes);
  const key = routeSetKey(`${ref.kind}/${ref.namespace}/${ref.name}`, clientCertificate);
  return {
    variant: {
      set: { key, origin: ref, created, routes },
      clusters: sortedValues(into.clusters),
      secrets: sortedValues(into.secrets),
      ...(clientCertificate === undefined ? {} : { clientCertificate }),
    },
    services: [...into.mentioned].sort(),
    problems: rules.flatMap((rule) => rule.problems),
    invalid,
  };
}

/** In the order of keys, so that the order of rules does not show. */
function sortedValues<T>(map: ReadonlyMap<string, T>): readonly T[] {
  if (map.size < 2) return [...map.values()];
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

const MAX_MESSAGES = 5;

function conditionsOf(
  { metadata: { generation: observedGeneration } }: HTTPRoute,
  { problems, invalid, rejected }: {
    readonly problems: readonly RuleProblem[];
    readonly invalid: readonly InvalidRule[];
    readonly rejected: boolean;
  },
): readonly Condition[] {
  const unresolved = problems.filter(({ effect }) => effect === 'reference');
  const [first] = unresolved;
  const conditions: Condition[] = [{
    type: 'ResolvedRefs',
    status: first === undefined ? 'True' : 'False',
    reason: first === undefined ? 'ResolvedRefs' : first.reason,
    message: first === undefined
      ? 'All references are resolved.'
      : summary(unresolved.map(({ message }) => message)),
    observedGeneration,
  }];
  if (invalid.length > 0 && !rejected) {
    const messages = invalid.map(({ rule, message }) => `Dropped Rule ${rule}: ${message}`);
    conditions.push({
      type: 'PartiallyInvalid',
      status: 'True',
      reason: 'UnsupportedValue',
      message: `${summary(messages)} Its requests get 500.`,
      observedGeneration,
    });
  }
  return conditions;
}

function summary(messages: readonly string[]): string {
  const distinct = [...new Set(messages)];
  const more = distinct.length - MAX_MESSAGES;
  return distinct.slice(0, MAX_MESSAGES).join(' ') + (more > 0 ? ` And ${more} more.` : '');
}
