import type { Condition, KubeObject } from '../../lib/api/mod.ts';
import type { Collection, Fetch } from '../../lib/graph/types.ts';
import type { ObjectRef, Route } from '../../lib/model/mod.ts';
import type { RouteAttachment, RouteResult, RouteVariant } from '../flow.ts';
import { createdAt } from '../listener-set/attached.ts';
import type { BackendReads } from '../service/backend.ts';
import { routeSetKey } from '../virtual-host/route-set-key.ts';
import { type Failure, failureOf } from './failure.ts';
import { type RuleProblem, toDiagnostic } from './problem.ts';
import type { Gathering } from './references.ts';

export interface RouteReads extends BackendReads {
  readonly attachments: Collection<RouteAttachment>;
}

/** What one rule of a route becomes. */
export interface TranslatedRule {
  /** As messages say it: the rule's name, or its index. */
  readonly name: string;
  readonly routes: readonly Route[];
  readonly problems: readonly RuleProblem[];
  /** Whether the rule is used; if not, its requests fail. */
  readonly valid: boolean;
}

/** What differs between kinds of routes. */
export interface Dialect {
  /** What backends are spoken to in. */
  readonly protocol: Gathering['protocol'];
  /** Translates the rules of the route, in their order. */
  readonly rules: (into: Gathering) => readonly TranslatedRule[];
}

/**
 * The rules of a route in Envoy's terms, with what they reach and what is wrong with them. Where the route is attached
 * shows only in its variants: one for each client certificate that its Gateways present to TLS backends.
 */
export function translateRoute(
  route: KubeObject,
  dialect: Dialect,
  { fetch, reads }: { readonly fetch: Fetch; readonly reads: RouteReads },
): RouteResult {
  const { metadata: { name, namespace = '' }, kind } = route;
  const ref: ObjectRef = { group: 'gateway.networking.k8s.io', kind, namespace, name };
  const key = `${kind}/${route.key}`;
  const certificates = certificatesOf(fetch.one(reads.attachments, key));
  const variants = certificates.map((certificate) =>
    translateVariant(route, certificate, { ref, dialect, fetch, reads })
  );
  const [first] = variants;
  if (first === undefined) throw new Error('a route has at least one variant');
  const { problems, invalid } = first;
  const rejected = first.rules === invalid.length ? invalid[0] : undefined;
  return {
    key,
    route: ref,
    sets: variants.map(({ variant }) => variant),
    services: first.services,
    conditions: conditionsOf(route, {
      problems,
      invalid,
      rejected: rejected !== undefined,
      failure: failureOf(dialect.protocol),
    }),
    ...(rejected === undefined ? {} : { rejected: { reason: rejected.reason, message: rejected.message } }),
    diagnostics: (first.rules === 0 ? [NO_RULES] : problems).map((problem) => toDiagnostic(problem, ref)),
  };
}

const NO_RULES: RuleProblem = {
  effect: 'note',
  reason: 'NoRules',
  message: 'The route has no rules, so it serves nothing.',
  field: 'spec.rules',
};

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
  /** How many rules there are. */
  readonly rules: number;
  readonly problems: readonly RuleProblem[];
  readonly invalid: readonly InvalidRule[];
}

function translateVariant(
  route: KubeObject,
  clientCertificate: string | undefined,
  { ref, dialect, fetch, reads }: {
    readonly ref: ObjectRef;
    readonly dialect: Dialect;
    readonly fetch: Fetch;
    readonly reads: RouteReads;
  },
): TranslatedVariant {
  const into: Gathering = {
    ...reads,
    route: ref,
    protocol: dialect.protocol,
    fetch,
    clientCertificate,
    clusters: new Map(),
    secrets: new Map(),
    sessions: new Map(),
    mentioned: new Set(),
  };
  const rules = dialect.rules(into);
  const invalid = rules.flatMap(({ name, valid, problems }): InvalidRule[] => {
    const fault = valid ? undefined : problems.find(({ effect }) => effect === 'rule');
    return fault === undefined ? [] : [{ rule: name, reason: fault.reason, message: fault.message }];
  });
  const routes = rules.flatMap((rule) => rule.routes);
  const key = routeSetKey(`${ref.kind}/${ref.namespace}/${ref.name}`, clientCertificate);
  return {
    variant: {
      set: { key, origin: ref, created: createdAt(route), routes },
      clusters: sortedValues(into.clusters),
      secrets: sortedValues(into.secrets),
      ...(clientCertificate === undefined ? {} : { clientCertificate }),
    },
    services: [...into.mentioned].sort(),
    rules: rules.length,
    problems: rules.flatMap((rule) => rule.problems),
    invalid,
  };
}

/** In the order of keys, so that the order of rules does not show. */
export function sortedValues<T>(map: ReadonlyMap<string, T>): readonly T[] {
  if (map.size < 2) return [...map.values()];
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

const MAX_MESSAGES = 5;

function conditionsOf(
  { metadata: { generation: observedGeneration } }: KubeObject,
  { problems, invalid, rejected, failure }: {
    readonly problems: readonly RuleProblem[];
    readonly invalid: readonly InvalidRule[];
    readonly rejected: boolean;
    readonly failure: Failure;
  },
): readonly Condition[] {
  const conditions = [resolvedRefs(problems, { observedGeneration })];
  if (invalid.length > 0 && !rejected) {
    const messages = invalid.map(({ rule, message }) => `Dropped Rule ${rule}: ${message}`);
    conditions.push({
      type: 'PartiallyInvalid',
      status: 'True',
      reason: 'UnsupportedValue',
      message: `${summary(messages)} Its requests get ${failure.said}.`,
      observedGeneration,
    });
  }
  return conditions;
}

export function resolvedRefs(
  problems: readonly RuleProblem[],
  { observedGeneration }: { readonly observedGeneration: number },
): Condition {
  const unresolved = problems.filter(({ effect }) => effect === 'reference');
  const [first] = unresolved;
  return {
    type: 'ResolvedRefs',
    status: first === undefined ? 'True' : 'False',
    reason: first === undefined ? 'ResolvedRefs' : first.reason,
    message: first === undefined
      ? 'All references are resolved.'
      : summary(unresolved.map(({ message }) => message)),
    observedGeneration,
  };
}

function summary(messages: readonly string[]): string {
  const distinct = [...new Set(messages)];
  const more = distinct.length - MAX_MESSAGES;
  return distinct.slice(0, MAX_MESSAGES).join(' ') + (more > 0 ? ` And ${more} more.` : '');
}
