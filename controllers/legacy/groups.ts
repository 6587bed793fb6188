import { isDeepStrictEqual } from 'node:util';

import type { Mapping, MappingSpec } from '../../lib/api/legacy/mod.ts';
import type { Bucket, Collection, Fetch } from '../../lib/graph/types.ts';
import type {
  Cluster,
  Diagnostic,
  Mirror,
  ObjectRef,
  Route,
  RouteMatch,
  RouteRank,
  RouteSet,
} from '../../lib/model/mod.ts';
import type { SecretUse } from '../flow.ts';
import { createdAt } from '../listener-set/attached.ts';
import { sortedValues } from '../route/translate.ts';
import { corsOf, forwardOf, headersOf, idleRedirects, lastOf, redirectOf } from './action.ts';
import type { GroupPlace, MappingEntry, Need } from './flow.ts';
import { errorResponsesOf } from './error-responses.ts';
import { authorityOf, withoutPort } from './host-glob.ts';
import { insecureRoutes } from './insecure.ts';
import { orderOf, rankedBy } from './precedence.ts';
import { ambassadorModule, refOf } from './settings.ts';
import { type NamedReads, upstreamSpec } from './upstream-spec.ts';
import { descriptorsOf, type LimitDomain } from './rate-limit.ts';
import { type Upstream, upstreamOf, type UpstreamReads } from './upstream.ts';
import { sharesOf } from './weights.ts';

export interface GroupReads extends UpstreamReads, NamedReads {
  readonly needs: Collection<Need>;
  readonly limitDomains: Collection<LimitDomain>;
}

/** What a group of Mappings becomes. `key` is that of its RouteSet, `Mapping/namespace/name` of its first member. */
export interface GroupResult {
  readonly key: string;
  /** Members that are used. */
  readonly origins: readonly ObjectRef[];
  readonly place: GroupPlace;
  readonly sets: readonly RouteSet[];
  readonly clusters: readonly Cluster[];
  readonly secrets: readonly SecretUse[];
  /** `namespace/name` of members that are not used, and why. */
  readonly dropped: Readonly<Record<string, string>>;
  readonly diagnostics: readonly Diagnostic[];
}

/** What all members of a group must agree on, since it is said once. */
const SHARED = [
  'circuitBreakers',
  'method',
  'headers',
  'queryParameters',
  'host',
] as const satisfies readonly (keyof MappingSpec)[];

/** What members may leave to the first, but not say otherwise. */
const OPTIONAL = [
  'bypassAuth',
  'connectTimeoutMs',
  'clusterIdleTimeoutMs',
  'clusterMaxConnectionLifetimeMs',
  'keepalive',
  'labels',
  'loadBalancer',
] as const satisfies readonly (keyof MappingSpec)[];

const ACME = '/.well-known/acme-challenge/';

/**
 * The routes of the Mappings that take the same requests: a share for each of them, mirrors, or one redirect. What is wrong
 * with one member leaves out that member alone.
 */
export function translateGroup(
  { members: entries }: Bucket<MappingEntry>,
  fetch: Fetch,
  reads: GroupReads,
): GroupResult | undefined {
  const module = ambassadorModule(fetch, reads.modules);
  const diagnostics: Diagnostic[] = [];
  const dropped: Record<string, string> = {};
  const report = (mapping: Mapping, field: string, message: string): void => {
    diagnostics.push({ object: refOf(mapping), severity: 'error', code: 'InvalidMapping', field, message });
  };
  const drop = (mapping: Mapping, field: string, message: string): false => {
    dropped[mapping.key] = message;
    report(mapping, field, message);
    return false;
  };

  const [first] = entries;
  if (first === undefined) return undefined;
  const agreeing = entries.map(({ mapping }) => mapping).filter((mapping) => {
    const { spec } = mapping;
    const said = [...SHARED, ...OPTIONAL.filter((field) => spec[field] !== undefined)];
    const other = first.mapping.spec.path.type === spec.path.type
      ? said.find((field) => !isDeepStrictEqual(first.mapping.spec[field], spec[field]))
      : 'path';
    if (other === undefined) return true;
    const message = `${other} is not that of Mapping ${first.key}, which takes the same requests.`;
    return drop(mapping, `spec.${other}`, message);
  });
  const shadows = agreeing.filter(({ spec }) => spec.shadow);
  const redirects = agreeing.filter(({ spec }) => !spec.shadow && spec.hostRedirect);
  const plain = agreeing.filter(({ spec }) => !spec.shadow && !spec.hostRedirect);
  for (const mapping of shadows.slice(1)) {
    drop(mapping, 'spec.shadow', `Mapping ${shadows[0]?.key} is the one shadow of these requests.`);
  }
  for (const [index, mapping] of redirects.entries()) {
    if (plain.length > 0) {
      drop(mapping, 'spec.host_redirect', 'Others of its group forward the same requests.');
    } else if (index > 0) {
      drop(mapping, 'spec.host_redirect', `Mapping ${redirects[0]?.key} redirects the same requests.`);
    }
  }

  const note = (mapping: Mapping, field: string, message: string): void => {
    const object = refOf(mapping);
    diagnostics.push({ object, severity: 'warning', code: 'UnsupportedValue', field, message });
  };
  for (const mapping of [...redirects, ...plain]) {
    for (const { field, message } of idleRedirects(mapping.spec)) note(mapping, field, message);
  }
  const clusters = new Map<string, Cluster>();
  const secrets = new Map<string, SecretUse>();
  const reach = (mapping: Mapping): Upstream => {
    const { spec, notes } = upstreamSpec(mapping, fetch, reads);
    for (const { field, message } of notes) note(mapping, field, message);
    const upstream = upstreamOf({ metadata: mapping.metadata, spec }, fetch, { ...reads, module });
    if (upstream.problem !== undefined) report(mapping, 'spec.service', upstream.problem);
    if (upstream.note !== undefined) {
      diagnostics.push({
        object: refOf(mapping),
        severity: 'warning',
        code: upstream.note.code,
        field: 'spec.service',
        message: upstream.note.message,
      });
    }
    if (upstream.cluster !== undefined) clusters.set(upstream.cluster.key, upstream.cluster);
    for (const secret of upstream.secrets) secrets.set(secret.name, secret);
    return upstream;
  };

  const lead = plain[0] ?? redirects[0] ?? shadows[0] ?? first.mapping;
  const [limited] = fetch.all(reads.limitDomains);
  const descriptors = limited === undefined
    ? []
    : descriptorsOf({ ...lead.spec, labels: first.mapping.spec.labels }, limited.domain, module);
  const caseSensitive = lastOf(plain, ({ path }) => path.caseSensitive);
  const match = (spec: MappingSpec): RouteMatch => matchOf(spec, spec.path.caseSensitive ?? caseSensitive);
  const rank = rankOf(lead.spec);
  /** The answers that a member says itself, or that it leaves them alone; else the port's are used. */
  const errorsOf = (mapping: Mapping): Pick<Route, 'errors'> => {
    const { bypassErrorResponseOverrides: bypass, errorResponseOverrides: overrides } = mapping.spec;
    if (bypass === true) return { errors: [] };
    if (overrides === undefined || overrides.length === 0) return {};
    const { responses, problems } = errorResponsesOf(overrides);
    for (const { index, message } of problems) {
      note(mapping, `spec.error_response_overrides[${index}]`, message);
    }
    return { errors: responses };
  };
  const cors = corsOf(plain, module);
  const response = headersOf(plain, 'Response', { module });
  const routes: Route[] = [];
  const shares = sharesOf(plain.map((mapping) => ({ mapping, weight: mapping.spec.weight })), {
    semantics: plain.every(({ spec }) => spec.semantics === '0.39') ? '0.39' : 'current',
  });
  if (shares === undefined) {
    for (const mapping of plain) drop(mapping, 'spec.weight', 'The weights of the group are more than 100.');
  } else if (plain.length > 0) {
    const shadow = shadows[0];
    const mirrors = shadow === undefined ? [] : mirrorsOf(shadow, reach(shadow));
    let drawn = 0;
    for (const { member: { mapping }, upTo } of shares) {
      const upstream = reach(mapping);
      if (upTo <= drawn) continue;
      drawn = upTo;
      const linkerd = mapping.spec.addLinkerdHeaders ?? module.addLinkerdHeaders === true
        ? `${upstream.host}:${upstream.port}`
        : undefined;
      const context = mapping.spec.authContextExtensions;
      const request = headersOf(plain, 'Request', { module, linkerd });
      routes.push({
        name: nameOf(refOf(mapping)),
        match: match(mapping.spec),
        rank: { ...rank, match: routes.length },
        action: forwardOf(mapping, { group: plain, upstream, mirrors, descriptors, module }),
        ...(upTo < 100 ? { fraction: Math.round(upTo * 10_000) } : {}),
        ...(request === undefined ? {} : { requestHeaders: request }),
        ...(response === undefined ? {} : { responseHeaders: response }),
        ...(cors === undefined ? {} : { cors }),
        ...(context === undefined ? {} : { authContext: context }),
        ...(mapping.spec.bypassAuth === true ? { skipsAuth: true } : {}),
        ...errorsOf(mapping),
      });
    }
  } else if (redirects[0] !== undefined) {
    const action = redirectOf(redirects[0]);
    if ('problem' in action) drop(redirects[0], 'spec.service', action.problem);
    else {
      const name = nameOf(refOf(redirects[0]));
      routes.push({ name, match: match(redirects[0].spec), rank, action, skipsAuth: true });
    }
  }

  const origin = refOf(lead);
  const key = `Mapping/${origin.namespace}/${origin.name}`;
  const set: RouteSet = { key, origin, created: createdAt(lead), routes };
  const place = placeOf(key, agreeing, lead.spec);
  const insecure = place.acme ? [] : insecureRoutes(set, fetch, reads.needs);
  return {
    key,
    origins: agreeing.filter((mapping) => dropped[mapping.key] === undefined).map(refOf),
    place,
    sets: [set, ...insecure],
    clusters: sortedValues(clusters),
    secrets: sortedValues(secrets),
    dropped,
    diagnostics,
  };
}

function nameOf({ namespace, name }: ObjectRef): string {
  return `mapping/${namespace}/${name}`;
}

function mirrorsOf({ spec }: Mapping, { cluster }: Upstream): readonly Mirror[] {
  if (cluster === undefined) return [];
  return [{ cluster: cluster.key, fraction: Math.min(100, spec.weight ?? 100) * 10_000 }];
}

/** All members' labels, also of groups that only redirect. */
function placeOf(key: string, members: readonly Mapping[], { host, path }: MappingSpec): GroupPlace {
  const everyHost = host?.type === 'Regex';
  return {
    key,
    domain: host === undefined || everyHost ? '*' : withoutPort(host.value.toLowerCase()),
    named: host !== undefined,
    everyHost,
    labels: Object.assign({}, ...members.map(({ metadata }) => metadata.labels ?? {})),
    acme: path.value === ACME,
  };
}

function matchOf(
  { path, method, host, headers, queryParameters }: MappingSpec,
  caseSensitive = true,
): RouteMatch {
  const conditions = headers.map(conditionOf);
  const authority = host === undefined ? undefined : authorityOf(host);
  if (authority !== undefined) conditions.push({ name: ':authority', type: 'regex', value: authority });
  if (method?.type === 'Regex') conditions.push({ name: ':method', type: 'regex', value: method.value });
  return {
    path: {
      type: PATHS[path.type],
      value: path.value,
      ...(caseSensitive || path.type === 'Regex' ? {} : { ignoreCase: true }),
    },
    headers: conditions,
    queryParams: queryParameters.map(conditionOf),
    ...(method?.type === 'Exact' ? { method: method.value } : {}),
  };
}

const PATHS = { Prefix: 'string', Exact: 'exact', Regex: 'regex' } as const;

function conditionOf({ name, type, value }: MappingSpec['headers'][number]): RouteMatch['headers'][number] {
  return { name, type: type === 'Regex' ? 'regex' : 'exact', value };
}

/** Challenges of certificate authorities go before what redirects insecure requests, and that before all others. */
function rankOf(spec: MappingSpec): RouteRank {
  const tier = spec.path.value === ACME ? 2 : 0;
  return rankedBy([tier, ...orderOf(spec)]);
}
