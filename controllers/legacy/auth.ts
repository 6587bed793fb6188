import { isDeepStrictEqual } from 'node:util';

import type { AuthService, AuthServiceSpec, LegacySettings, Module } from '../../lib/api/legacy/mod.ts';
import { isServed } from '../../lib/api/legacy/mod.ts';
import type { Bucket, Collection, Fetch, Keyed } from '../../lib/graph/types.ts';
import type { Cluster, Diagnostic, ExternalAuth, ObjectRef } from '../../lib/model/mod.ts';
import type { SecretUse } from '../flow.ts';
import { together } from '../service/together.ts';
import { ambassadorModule, type NamedModule, refOf } from './settings.ts';
import { authorityOf, homeOf, type Upstream, upstreamOf, type UpstreamReads } from './upstream.ts';

/** An AuthService, or what the Module `authentication` says. `key` is `Kind/namespace/name`. */
export interface AuthSource extends Keyed {
  readonly object: ObjectRef;
  /** Absent if it cannot be decoded. */
  readonly spec?: AuthServiceSpec;
  /** Where the object says it. */
  readonly path: 'spec' | 'spec.config';
}

export function authSource(object: AuthService | Module, legacy: LegacySettings): AuthSource | undefined {
  if (!isServed(object, legacy)) return undefined;
  const ref = refOf(object);
  const key = `${ref.kind}/${ref.namespace}/${ref.name}`;
  if (isAuthService(object)) return { key, object: ref, spec: object.spec, path: 'spec' };
  const { spec } = object;
  return spec.module === 'authentication'
    ? { key, object: ref, spec: spec.config, path: 'spec.config' }
    : undefined;
}

function isAuthService(object: AuthService | Module): object is AuthService {
  return object.kind === 'AuthService';
}

/** What all AuthServices together become. */
export interface AuthResult extends Keyed {
  readonly origins: readonly ObjectRef[];
  readonly auth: ExternalAuth;
  readonly clusters: readonly Cluster[];
  readonly secrets: readonly SecretUse[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface AuthReads extends UpstreamReads {
  readonly modules: Collection<NamedModule>;
}

/** The status of Emissary's AuthServices, and so of Envoy's, when they cannot be asked. */
const DENIED = 403;

/**
 * Who is asked about all requests: several are one, asked in turn, as the first of them says. One that is wrong is left out;
 * when none is left, or the first says what cannot be done, nobody can be asked and every request is denied.
 */
export function translateAuth(
  { key, members: sources }: Bucket<AuthSource>,
  fetch: Fetch,
  reads: AuthReads,
): AuthResult | undefined {
  const members = sources.filter(isReadable);
  const [first] = members;
  if (first === undefined) return nobody(key, sources);
  const diagnostics: Diagnostic[] = [];
  const report = (
    { object, path }: AuthSource,
    field: string,
    message: string,
    severity: Diagnostic['severity'] = 'error',
  ): void => {
    const code = severity === 'error' ? 'InvalidAuthService' : 'IgnoredValue';
    diagnostics.push({ object, severity, code, field: `${path}.${field}`, message });
  };
  for (const source of members) {
    for (const { field, message, severity } of flawsOf(source.spec)) report(source, field, message, severity);
    for (const field of differences(first.spec, source.spec)) {
      report(source, field, `${field} is that of ${first.key} for all AuthServices.`, 'warning');
    }
  }
  const usable = flawsOf(first.spec).every(({ severity }) => severity !== 'error');
  const module = ambassadorModule(fetch, reads.modules);
  const upstreams = members.map((source): Upstream => {
    const { spec, object: { namespace } } = source;
    const { tls = spec.tls, proto, circuitBreakers, statsName } = first.spec;
    const upstream = upstreamOf(
      {
        metadata: homeOf({ namespace, service: spec.service }, fetch, reads),
        spec: {
          ...spec,
          tls,
          protocol: proto === 'grpc' ? 'http2' : 'http1',
          circuitBreakers,
          statsName,
        },
      },
      fetch,
      { ...reads, module },
    );
    if (upstream.problem !== undefined) report(source, 'auth_service', upstream.problem);
    if (upstream.note !== undefined) report(source, 'auth_service', upstream.note.message, 'warning');
    return upstream;
  });
  const reached = upstreams.flatMap(({ cluster }, index) => {
    const source = members[index];
    return cluster === undefined || source === undefined ? [] : [{ source, cluster }];
  });
  const joined = together(reached.map(({ cluster }) => cluster));
  for (const { source } of reached.filter(({ cluster }) => joined.left.includes(cluster))) {
    report(source, 'auth_service', `It is not asked, since it is reached in another way than ${first.key}.`);
  }
  const linkerd = first.spec.addLinkerdHeaders ?? module.addLinkerdHeaders === true;
  const asked = upstreams.find(({ cluster }) => cluster !== undefined);
  return {
    key,
    origins: members.map(({ object }) => object),
    auth: authOf(first.spec, {
      ...(joined.cluster === undefined || !usable ? {} : { cluster: joined.cluster.key }),
      ...(asked === undefined ? {} : { authority: authorityOf(asked) }),
      linkerd,
    }),
    clusters: joined.cluster === undefined ? [] : [joined.cluster],
    secrets: upstreams.flatMap(({ secrets }) => secrets),
    diagnostics,
  };
}

interface ReadableSource extends AuthSource {
  readonly spec: AuthServiceSpec;
}

function isReadable(source: AuthSource): source is ReadableSource {
  return source.spec !== undefined;
}

/** Of AuthServices that cannot be decoded nobody can be asked. */
function nobody(key: string, sources: readonly AuthSource[]): AuthResult {
  return {
    key,
    origins: sources.map(({ object }) => object),
    auth: {
      protocol: 'http',
      maxBody: 0,
      timeout: 0,
      statusOnError: DENIED,
      reroutes: true,
      allowedRequestHeaders: [],
      allowedResponseHeaders: [],
    },
    clusters: [],
    secrets: [],
    diagnostics: [],
  };
}

function authOf(spec: AuthServiceSpec, { cluster, authority, linkerd }: {
  readonly cluster?: string;
  readonly authority?: string;
  readonly linkerd: boolean;
}): ExternalAuth {
  const { requestHeaders, authorizationHeaders, includeBody } = spec;
  const added = [
    ...spec.addAuthHeaders,
    ...(linkerd && authority !== undefined ? [{ name: 'l5d-dst-override', value: authority }] : []),
  ];
  const common = {
    protocol: spec.proto,
    ...(cluster === undefined ? {} : { cluster }),
    ...(added.length === 0 ? {} : { addedHeaders: added }),
    maxBody: includeBody?.maxBytes ?? 0,
    ...(includeBody?.allowPartial === true ? { partialBody: true as const } : {}),
    timeout: spec.timeoutMs,
    statusOnError: spec.statusOnError ?? DENIED,
    ...(spec.failureModeAllow ? { passesOnError: true as const } : {}),
    reroutes: true as const,
  };
  if (spec.proto === 'grpc') {
    return {
      ...common,
      ...(authority === undefined ? {} : { authority }),
      allowedRequestHeaders: [],
      allowedResponseHeaders: [],
      textBody: true,
    };
  }
  return {
    ...common,
    ...(spec.pathPrefix === undefined || spec.pathPrefix === ''
      ? {}
      : { pathPrefix: absolute(spec.pathPrefix) }),
    allowedRequestHeaders: requestHeaders,
    allowedResponseHeaders: authorizationHeaders,
    // Of v0, clients get a denial as it is.
    ...(spec.semantics === '0.39' ? {} : { allowedClientHeaders: authorizationHeaders }),
  };
}

function absolute(prefix: string): string {
  return prefix.startsWith('/') ? prefix : `/${prefix}`;
}

interface Flaw {
  readonly field: string;
  readonly message: string;
  readonly severity: 'error' | 'warning';
}

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** What is wrong with the settings of one. With an error nobody can be asked as they say. */
function flawsOf(spec: AuthServiceSpec): readonly Flaw[] {
  const flaws: Flaw[] = [];
  const flaw = (severity: Flaw['severity'], field: string, message: string): void =>
    void flaws.push({ field, message, severity });
  if (spec.statusOnError !== undefined && !CODES.has(spec.statusOnError)) {
    flaw('error', 'status_on_error.code', `${spec.statusOnError} is no status that Envoy can answer with.`);
  }
  for (const { name } of spec.addAuthHeaders) {
    if (!NAME.test(name)) {
      flaw('error', 'add_auth_headers', `${JSON.stringify(name)} is no name of a header.`);
    }
  }
  if (spec.proto === 'http') return flaws;
  if (spec.protocolVersion === 'v2') {
    flaw('error', 'protocol_version', 'Envoy speaks v3 alone, so an AuthService for v2 cannot be asked.');
  } else if (spec.protocolVersion === undefined) {
    flaw(
      'warning',
      'protocol_version',
      'It is asked by v3 of the protocol, as protocol_version: v3 would say.',
    );
  }
  if (spec.pathPrefix !== undefined) {
    flaw('warning', 'path_prefix', 'path_prefix has no effect with proto: grpc.');
  }
  return flaws;
}

/** Envoy's `StatusCode`. */
const CODES: ReadonlySet<number> = new Set([
  100,
  ...range(200, 208),
  226,
  ...range(300, 305),
  307,
  308,
  ...range(400, 417),
  ...range(421, 424),
  426,
  428,
  429,
  431,
  ...range(500, 508),
  510,
  511,
]);

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** Fields in which another differs from the first, whose word counts. */
function differences(first: AuthServiceSpec, other: AuthServiceSpec): readonly string[] {
  return Object.entries(SAID).filter(([field]) => {
    const name = field as keyof typeof SAID;
    return !isDeepStrictEqual(first[name], other[name]);
  }).map(([, name]) => name);
}

const SAID = {
  proto: 'proto',
  tls: 'tls',
  pathPrefix: 'path_prefix',
  timeoutMs: 'timeout_ms',
  requestHeaders: 'allowed_request_headers',
  authorizationHeaders: 'allowed_authorization_headers',
  addAuthHeaders: 'add_auth_headers',
  includeBody: 'include_body',
  statusOnError: 'status_on_error',
  failureModeAllow: 'failure_mode_allow',
  circuitBreakers: 'circuit_breakers',
  statsName: 'stats_name',
  addLinkerdHeaders: 'add_linkerd_headers',
} as const satisfies Partial<Record<keyof AuthServiceSpec, string>>;
