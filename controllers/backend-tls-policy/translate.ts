import type { BackendTLSPolicy, SubjectAltName } from '../../lib/api/mod.ts';
import type { Fetch, Keyed } from '../../lib/graph/types.ts';
import type { Diagnostic, ObjectRef, TlsVersion, UpstreamTls } from '../../lib/model/mod.ts';
import type { SecretUse } from '../flow.ts';
import type { CertificateReads } from '../secret/resolve.ts';
import { type Fault, validationTrust } from './trust.ts';

/** Keys of `spec.options`; values are `1.0`, `1.1`, `1.2` and `1.3`. */
export const MIN_VERSION_OPTION = 'dragoman.dev/min-version';
export const MAX_VERSION_OPTION = 'dragoman.dev/max-version';

/** What a policy means wherever it takes effect. `key` is `namespace/name`. */
export interface BackendTlsPolicyResult extends Keyed {
  readonly policy: ObjectRef;
  readonly generation: number;
  /** Creation time, ms since the epoch; 0 if unknown. */
  readonly created: number;
  /** Services alone. */
  readonly targets: readonly PolicyTarget[];
  /** Absent if the policy is invalid: requests to its targets fail. */
  readonly tls?: UpstreamTls;
  readonly secrets: readonly SecretUse[];
  /** The conditions as far as the policy alone decides them; `Accepted` and `ResolvedRefs` are reasons of True. */
  readonly verdict: {
    readonly accepted: { readonly reason: string; readonly message: string };
    readonly resolvedRefs: { readonly reason: string; readonly message: string };
  };
  readonly diagnostics: readonly Diagnostic[];
}

export interface PolicyTarget {
  /** `namespace/name` */
  readonly service: string;
  /** Name of the one port that is meant. */
  readonly section?: string;
}

/** Index buckets of policies: the `namespace/name` of the Services that they target. */
export function policyTargets({ targets }: BackendTlsPolicyResult): readonly string[] {
  return [...new Set(targets.map(({ service }) => service))];
}

/** Resolves a BackendTLSPolicy (GEP-1897) to TLS settings, apart from who takes precedence over it. */
export function translateBackendTlsPolicy(
  policy: BackendTLSPolicy,
  fetch: Fetch,
  reads: CertificateReads,
): BackendTlsPolicyResult {
  const { metadata, spec } = policy;
  const namespace = metadata.namespace ?? '';
  const object = { group: 'gateway.networking.k8s.io', kind: policy.kind, namespace, name: metadata.name };
  const { trust, secrets, accepted, resolvedRefs, faults } = validationTrust(
    spec.validation,
    fetch,
    { ...reads, from: object, field: 'spec.validation' },
  );
  const versions = versionsOf(spec.options ?? {});
  const invalid = 'problem' in versions ? versions : undefined;
  if (invalid !== undefined) faults.push({ code: 'Invalid', field: invalid.field, message: invalid.problem });

  const services = spec.targetRefs.filter(({ group, kind }) => group === '' && kind === 'Service');
  return {
    key: policy.key,
    policy: object,
    generation: metadata.generation,
    created: metadata.creationTimestamp === undefined ? 0 : Date.parse(metadata.creationTimestamp),
    targets: services.map((ref) => targetOf(ref, namespace)),
    secrets,
    verdict: {
      accepted: invalid === undefined ? accepted : { reason: 'Invalid', message: invalid.problem },
      resolvedRefs,
    },
    diagnostics: faults.map((fault) => diagnosticOf(fault, object)),
    ...(trust === undefined || 'problem' in versions ? {} : { tls: tlsOf(policy, { trust, versions }) }),
  };
}

function targetOf(
  { name, sectionName }: BackendTLSPolicy['spec']['targetRefs'][number],
  namespace: string,
): PolicyTarget {
  const service = `${namespace}/${name}`;
  return sectionName === undefined ? { service } : { service, section: sectionName };
}

function diagnosticOf(fault: Fault, object: ObjectRef): Diagnostic {
  return { object, severity: 'error', ...fault };
}

interface Versions {
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
}

const VERSIONS: readonly TlsVersion[] = ['1.0', '1.1', '1.2', '1.3'];

/** Options of other implementations mean nothing here and are let be. */
function versionsOf(
  options: Readonly<Record<string, string>>,
): Versions | { problem: string; field: string } {
  const found: { minVersion?: TlsVersion; maxVersion?: TlsVersion } = {};
  for (const [key, value] of Object.entries(options)) {
    if (!key.startsWith('dragoman.dev/')) continue;
    const field = `spec.options[${JSON.stringify(key)}]`;
    if (key !== MIN_VERSION_OPTION && key !== MAX_VERSION_OPTION) {
      return {
        problem: `Option ${key} is unknown; use ${MIN_VERSION_OPTION} or ${MAX_VERSION_OPTION}.`,
        field,
      };
    }
    const version = VERSIONS.find((each) => each === value);
    if (version === undefined) {
      return { problem: `Option ${key} is ${value}; use one of ${VERSIONS.join(', ')}.`, field };
    }
    found[key === MIN_VERSION_OPTION ? 'minVersion' : 'maxVersion'] = version;
  }
  const { minVersion, maxVersion } = found;
  if (minVersion !== undefined && maxVersion !== undefined && minVersion > maxVersion) {
    return {
      problem: `Option ${MIN_VERSION_OPTION} is greater than ${MAX_VERSION_OPTION}.`,
      field: 'spec.options',
    };
  }
  return found;
}

function tlsOf(
  { spec }: BackendTLSPolicy,
  { trust, versions }: { readonly trust: UpstreamTls['trust']; readonly versions: Versions },
): UpstreamTls {
  const names = spec.validation.subjectAltNames ?? [];
  return {
    sni: spec.validation.hostname,
    trust,
    ...(names.length === 0 ? {} : { subjectAltNames: names.map(altName) }),
    ...versions,
  };
}

function altName({ type, hostname = '', uri = '' }: SubjectAltName): { type: 'DNS' | 'URI'; value: string } {
  return type === 'Hostname' ? { type: 'DNS', value: hostname } : { type: 'URI', value: uri };
}
