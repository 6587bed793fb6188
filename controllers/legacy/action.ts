import {
  type AddedHeader,
  type AmbassadorModule,
  type Mapping,
  type MappingSpec,
  parseServiceName,
} from '../../lib/api/legacy/mod.ts';
import type {
  CorsPolicy,
  ForwardAction,
  HashPolicy,
  HeaderChanges,
  PathRewrite,
  RateLimitDescriptor,
  RedirectAction,
  RetryPolicy,
} from '../../lib/model/mod.ts';
import { formatProblem } from './formats.ts';
import type { Upstream } from './upstream.ts';

/** What the last member of a group that says it says for all. */
export function lastOf<T>(
  members: readonly Mapping[],
  of: (spec: MappingSpec) => T | undefined,
): T | undefined {
  return members.map(({ spec }) => of(spec)).findLast((value) => value !== undefined);
}

const REQUEST_TIMEOUT = 3_000;

/** Where a member of a group sends its share. */
export function forwardOf(
  { spec }: Mapping,
  { group, upstream, mirrors, descriptors, module }: {
    readonly group: readonly Mapping[];
    readonly upstream: Upstream;
    readonly mirrors: ForwardAction['mirrors'];
    readonly descriptors: readonly RateLimitDescriptor[];
    readonly module: AmbassadorModule;
  },
): ForwardAction {
  const retry = lastOf(group, ({ retryPolicy }) => retryPolicy) ?? module.retryPolicy;
  const hostRewrite = spec.hostRewrite ?? (spec.autoHostRewrite ? upstream.host : undefined);
  const pathRewrite = rewriteOf(spec, lastOf(group, ({ regexRewrite }) => regexRewrite));
  const hash = hashOf(spec.loadBalancer ?? module.loadBalancer);
  const upgrades = (lastOf(group, ({ allowUpgrade }) => allowUpgrade) ?? []).filter((each) =>
    each !== 'websocket'
  );
  const priority = lastOf(group, (each) => each.priority);
  return {
    type: 'forward',
    backends: [{ weight: 1, ...(upstream.cluster === undefined ? {} : { cluster: upstream.cluster.key }) }],
    mirrors,
    timeout: spec.timeoutMs ?? module.clusterRequestTimeoutMs ?? REQUEST_TIMEOUT,
    ...(spec.idleTimeoutMs === undefined ? {} : { idleTimeout: spec.idleTimeoutMs }),
    ...(hostRewrite === undefined ? {} : { hostRewrite }),
    ...(pathRewrite === undefined ? {} : { pathRewrite }),
    ...(retry === undefined ? {} : { retry: retryOf(retry), ...tryTimeoutOf(retry) }),
    ...(hash === undefined ? {} : { hash }),
    ...(upgrades.length === 0 ? {} : { upgrades }),
    ...(priority === 'HIGH' ? { priority: 'high' } : {}),
    ...(descriptors.length === 0 ? {} : { rateLimits: descriptors }),
  };
}

function rewriteOf(
  { rewrite }: MappingSpec,
  regex: MappingSpec['regexRewrite'],
): PathRewrite | undefined {
  if (regex !== undefined) return { type: 'regex', pattern: regex.pattern, value: regex.substitution };
  return rewrite === '' ? undefined : { type: 'string', value: rewrite };
}

function retryOf({ retryOn, numRetries = 1 }: NonNullable<MappingSpec['retryPolicy']>): RetryPolicy {
  return {
    attempts: numRetries,
    codes: [],
    connectionErrors: false,
    conditions: retryOn === undefined ? [] : [retryOn],
  };
}

function tryTimeoutOf(
  { perTryTimeoutMs }: NonNullable<MappingSpec['retryPolicy']>,
): { readonly tryTimeout?: number } {
  return perTryTimeoutMs === undefined ? {} : { tryTimeout: perTryTimeoutMs };
}

function hashOf(balancer: MappingSpec['loadBalancer']): readonly HashPolicy[] | undefined {
  const { cookie, header, sourceIp } = balancer ?? {};
  if (header !== undefined) return [{ type: 'header', name: header }];
  if (sourceIp === true) return [{ type: 'source-ip' }];
  if (cookie === undefined) return undefined;
  const { name, path, ttlMs } = cookie;
  return [{
    type: 'cookie',
    name,
    ...(path === undefined ? {} : { path }),
    ...(ttlMs === undefined ? {} : { ttl: ttlMs }),
  }];
}

/** To the host `service`, as it is written: it names no Service, so nothing is put behind it. */
export function redirectOf({ spec }: Mapping): RedirectAction | { readonly problem: string } {
  const target = parseServiceName(spec.service);
  if ('problem' in target) return { problem: `service ${spec.service} ${target.problem}.` };
  if (target.rest !== undefined) {
    return { problem: `service ${spec.service} has more than a host; path_redirect says the path.` };
  }
  const path = redirectPath(spec);
  return {
    type: 'redirect',
    status: spec.redirectResponseCode,
    hostname: target.host,
    ...(target.port === undefined ? {} : { port: target.port }),
    ...(target.scheme === undefined ? {} : { scheme: target.scheme === 'https' ? 'https' : 'http' }),
    ...(path === undefined ? {} : { path }),
  };
}

/** Where to redirect is said once, and only where it is to be redirected at all. */
export function idleRedirects(
  { hostRedirect, pathRedirect, prefixRedirect, regexRedirect }: MappingSpec,
): readonly { readonly field: string; readonly message: string }[] {
  const said = Object.entries({
    path_redirect: pathRedirect,
    prefix_redirect: prefixRedirect,
    regex_redirect: regexRedirect,
  }).filter(([, value]) => value !== undefined && value !== '').map(([name]) => name);
  const why = hostRedirect ? `beside ${said.shift()}` : 'without host_redirect';
  return said.map((name) => ({ field: `spec.${name}`, message: `${name} has no effect ${why}.` }));
}

function redirectPath({ pathRedirect, prefixRedirect, regexRedirect }: MappingSpec): PathRewrite | undefined {
  if (pathRedirect !== undefined && pathRedirect !== '') return { type: 'full', value: pathRedirect };
  if (prefixRedirect !== undefined && prefixRedirect !== '') return { type: 'string', value: prefixRedirect };
  if (regexRedirect === undefined) return undefined;
  return { type: 'regex', pattern: regexRedirect.pattern, value: regexRedirect.substitution };
}

/** Headers that are added, by all members and by the Module, and removed. */
export function headersOf(
  group: readonly Mapping[],
  of: 'Request' | 'Response',
  { module, linkerd }: { readonly module: AmbassadorModule; readonly linkerd?: string | undefined },
): HeaderChanges | undefined {
  const usual = module.defaults?.httpmapping;
  const added = new Map(
    group.flatMap(({ spec }) => spec[`add${of}Headers`] ?? usable(usual?.[`add${of}Headers`]))
      .map((header) => [header.name, header]),
  );
  const remove = lastOf(group, (spec) => spec[`remove${of}Headers`]) ?? usual?.[`remove${of}Headers`] ?? [];
  const values = [...added.values()];
  const set = values.filter(({ append }) => !append).map(formatted);
  if (linkerd !== undefined) set.push({ name: 'l5d-dst-override', value: linkerd, format: true });
  const add = values.filter(({ append }) => append).map(formatted);
  return set.length + add.length + remove.length === 0 ? undefined : { set, add, remove };
}

/** What the Module says for all may show no more than what Mappings say themselves, which are not used at all then. */
function usable(headers: readonly AddedHeader[] = []): readonly AddedHeader[] {
  return headers.filter(({ value }) => formatProblem(value) === undefined);
}

function formatted(
  { name, value }: { readonly name: string; readonly value: string },
): HeaderChanges['add'][number] {
  return { name, value, format: true };
}

export function corsOf(group: readonly Mapping[], module: AmbassadorModule): CorsPolicy | undefined {
  const cors = lastOf(group, (spec) => spec.cors) ?? module.cors;
  if (cors === undefined) return undefined;
  const { origins = [], methods = [], headers = [], exposedHeaders = [], credentials = false, maxAge } = cors;
  return {
    origins,
    methods,
    headers,
    exposeHeaders: exposedHeaders,
    credentials,
    maxAge: Number.parseInt(maxAge ?? '0', 10) || 0,
  };
}
