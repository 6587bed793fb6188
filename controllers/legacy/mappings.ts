import type { LegacySettings, Mapping, MappingSpec } from '../../lib/api/legacy/mod.ts';
import type { Collection, Fetch } from '../../lib/graph/types.ts';
import { regexProblem } from '../http-route/regex.ts';
import { hasLabels } from './association.ts';
import type { HostResult, MappingEntry } from './flow.ts';
import { formatProblem } from './formats.ts';
import { isGlob } from './host-glob.ts';
import { resolverOf, type ResolverReads } from './resolvers.ts';

export interface MappingReads extends ResolverReads {
  /** Hosts with selectors, all of them in one bucket. */
  readonly selecting: Collection<HostResult>;
  readonly legacy: LegacySettings;
}

/** A Mapping with the group that it is in, or why it is in none. */
export function mappingEntry(mapping: Mapping, fetch: Fetch, reads: MappingReads): MappingEntry {
  const problem = problemOf(mapping.spec, fetch, reads);
  if (problem !== undefined) return { key: mapping.key, mapping, problem };
  return { key: mapping.key, mapping, group: groupId(mapping, fetch, reads) };
}

/** What Mappings have in common that are one group: whatever requests they take, and who selects them if no host does. */
function groupId({ spec, metadata: { labels = {} } }: Mapping, fetch: Fetch, reads: MappingReads): string {
  const { method, path, headers, queryParameters, precedence, host } = spec;
  const selectors = host === undefined
    ? fetch.all(reads.selecting).flatMap(({ selector }) =>
      selector !== undefined && hasLabels(selector, labels, reads.legacy) ? [selector] : []
    )
    : [];
  return JSON.stringify([
    method?.value,
    path.value,
    headers.map(({ name, value }) => [name, value]),
    queryParameters.map(({ name, value }) => [name, value]),
    precedence,
    host?.value.toLowerCase(),
    selectors.map((selector) => Object.keys(selector).toSorted().map((label) => [label, selector[label]])),
  ]);
}

type Problem = NonNullable<MappingEntry['problem']>;

/** What makes a Mapping useless, with the words of its status. */
function problemOf(spec: MappingSpec, fetch: Fetch, reads: MappingReads): Problem | undefined {
  const { host, path, loadBalancer } = spec;
  if (host?.type === 'Exact' && host.value.includes('*')) {
    return {
      field: 'spec.host',
      message: `host exact-match ${host.value} contains *, which cannot match anything.`,
    };
  }
  if (host?.type === 'Glob' && !isGlob(host.value)) {
    return {
      field: 'spec.hostname',
      message: `hostname ${host.value} has a slash, a space, or a * that is neither first nor last.`,
    };
  }
  for (const { field, expression } of expressionsOf(spec)) {
    const problem = regexProblem(expression);
    if (problem !== undefined) return { field, message: `${field.slice('spec.'.length)} ${problem}.` };
  }
  const forbidden = formatsOf(spec).find(({ problem }) => problem !== undefined);
  if (forbidden !== undefined) {
    return {
      field: forbidden.field,
      message: `${forbidden.field.slice('spec.'.length)} ${forbidden.problem}.`,
    };
  }
  if (path.type !== 'Regex' && !path.value.startsWith('/')) {
    return {
      field: 'spec.prefix',
      message: `prefix ${JSON.stringify(path.value)} does not begin with a slash.`,
    };
  }
  const resolver = resolverOf(spec, fetch, reads);
  if ('problem' in resolver) return { field: 'spec.resolver', message: resolver.problem };
  if (loadBalancer === undefined) return undefined;
  if (resolver.kind === 'KubernetesServiceResolver') {
    return {
      field: 'spec.load_balancer',
      message: `The ${resolver.key} resolver does not support load balancing; use an endpoint resolver.`,
    };
  }
  const keys = [loadBalancer.cookie, loadBalancer.header, loadBalancer.sourceIp].filter((key) =>
    key !== undefined
  );
  const hashes = loadBalancer.policy === 'ring_hash' || loadBalancer.policy === 'maglev';
  if (keys.length !== (hashes ? 1 : 0)) {
    const message = hashes
      ? `load_balancer ${loadBalancer.policy} needs exactly one of cookie, header and source_ip.`
      : `load_balancer ${loadBalancer.policy} takes neither cookie nor header nor source_ip.`;
    return { field: 'spec.load_balancer', message };
  }
  return undefined;
}

/** Header values, in which Envoy's commands have their effect. */
function formatsOf(
  { addRequestHeaders = [], addResponseHeaders = [] }: MappingSpec,
): readonly { readonly field: string; readonly problem: string | undefined }[] {
  const of = (field: string, headers: typeof addRequestHeaders) =>
    headers.map(({ name, value }) => ({ field: `spec.${field}.${name}`, problem: formatProblem(value) }));
  return [...of('add_request_headers', addRequestHeaders), ...of('add_response_headers', addResponseHeaders)];
}

interface Expression {
  readonly field: string;
  readonly expression: string;
}

function expressionsOf(spec: MappingSpec): readonly Expression[] {
  const { path, method, host, headers, queryParameters, regexRewrite, regexRedirect } = spec;
  const found: Expression[] = [];
  const add = (field: string, expression: string): void =>
    void found.push({ field: `spec.${field}`, expression });
  if (path.type === 'Regex') add('prefix', path.value);
  if (method?.type === 'Regex') add('method', method.value);
  if (host?.type === 'Regex') add('host', host.value);
  for (const { name, type, value } of headers) if (type === 'Regex') add(`regex_headers.${name}`, value);
  for (const { name, type, value } of queryParameters) {
    if (type === 'Regex') add(`regex_query_parameters.${name}`, value);
  }
  if (regexRewrite !== undefined) add('regex_rewrite.pattern', regexRewrite.pattern);
  if (regexRedirect !== undefined) add('regex_redirect.pattern', regexRedirect.pattern);
  return found;
}
