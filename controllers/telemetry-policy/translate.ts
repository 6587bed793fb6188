import type { Fraction, Gateway, TracingConfig, XTelemetryPolicy } from '../../lib/api/mod.ts';
import type { Fetch, Index, Keyed } from '../../lib/graph/types.ts';
import type { Cluster, Diagnostic, ObjectRef, Tracing } from '../../lib/model/mod.ts';
import type { SecretUse } from '../flow.ts';
import { createdAt } from '../listener-set/attached.ts';
import { type BackendReads, resolveBackend } from '../service/backend.ts';
import { X_GROUP } from '../x-backend/translate.ts';

/** What an XTelemetryPolicy means for its Gateways (GEP-5253). `key` is `namespace/name`. */
export interface TelemetryPolicyResult extends Keyed {
  readonly policy: ObjectRef;
  readonly generation: number;
  /** Creation time, ms since the epoch; 0 if unknown. */
  readonly created: number;
  /** `namespace/name` of the Gateways. */
  readonly targets: readonly string[];
  /** Absent if nothing is traced. */
  readonly tracing?: Tracing;
  /** Of the collector. */
  readonly cluster?: Cluster;
  readonly secrets: readonly SecretUse[];
  /** `ResolvedRefs`. */
  readonly unresolved?: { readonly reason: string; readonly message: string };
  readonly diagnostics: readonly Diagnostic[];
}

export function translateTelemetryPolicy(
  policy: XTelemetryPolicy,
  fetch: Fetch,
  reads: BackendReads,
): TelemetryPolicyResult {
  const { key, kind, metadata: { namespace = '', name, generation }, spec } = policy;
  const object: ObjectRef = { group: X_GROUP, kind, namespace, name };
  const common = {
    key,
    policy: object,
    generation,
    created: createdAt(policy),
    targets: spec.targetRefs.filter((ref) => ref.kind === 'Gateway' && ref.group === GATEWAY_GROUP)
      .map((ref) => `${namespace}/${ref.name}`),
  };
  const { tracing } = spec;
  if (tracing?.provider === undefined) return { ...common, secrets: [], diagnostics: [] };
  const { backendRef } = tracing.provider;
  const resolved = resolveBackend(backendRef, fetch, { ...reads, use: { from: object, protocol: 'grpc' } });
  const diagnostics = unsupported(tracing).map((problem): Diagnostic => ({
    object,
    severity: 'warning',
    code: 'UnsupportedValue',
    ...problem,
  }));
  if ('problem' in resolved) {
    const { reason, message, field } = resolved.problem;
    const at = `spec.tracing.provider.backendRef.${field}`;
    const diagnostic: Diagnostic = { object, severity: 'error', code: reason, field: at, message };
    return {
      ...common,
      secrets: [],
      unresolved: { reason, message },
      diagnostics: [diagnostic, ...diagnostics],
    };
  }
  const { cluster, secrets } = resolved;
  const authority = `${backendRef.name}.${backendRef.namespace ?? namespace}.svc`;
  return { ...common, tracing: tracingOf(tracing, cluster.key, authority), cluster, secrets, diagnostics };
}

const GATEWAY_GROUP = 'gateway.networking.k8s.io';

function tracingOf(tracing: TracingConfig, cluster: string, authority: string): Tracing {
  const { provider, samplingRate, serviceName, spanName, attributes = [], parentBasedSampling } = tracing;
  return {
    cluster,
    authority,
    headers: provider?.headers ?? [],
    sampling: millionths(samplingRate),
    followsParent: parentBasedSampling?.mode !== 'Disabled',
    tags: attributes.flatMap(({ name, headerName, literalValue }): Tracing['tags'] =>
      headerName !== undefined
        ? [{ name, type: 'header', value: headerName.toLowerCase() }]
        : literalValue !== undefined
        ? [{ name, type: 'literal', value: literalValue }]
        : []
    ),
    ...(serviceName === undefined ? {} : { serviceName }),
    ...(spanName === undefined ? {} : { spanName }),
  };
}

/** All, unless told. */
function millionths(rate: Fraction | undefined): number {
  return rate === undefined ? 1_000_000 : Math.round(rate.numerator / rate.denominator * 1_000_000);
}

function unsupported(
  { attributes = [], parentBasedSampling }: TracingConfig,
): readonly Pick<Diagnostic, 'field' | 'message'>[] {
  const found = attributes.flatMap(({ name, attributeKey }, index) =>
    attributeKey === undefined ? [] : [{
      field: `spec.tracing.attributes[${index}].attributeKey`,
      message: `Attribute ${name} is left out: sourceType Attribute is not supported.`,
    }]
  );
  if (parentBasedSampling?.samplingRate === undefined) return found;
  return [...found, {
    field: 'spec.tracing.parentBasedSampling.samplingRate',
    message: 'Requests whose parent is sampled are all traced: a rate for them is not supported.',
  }];
}

/** Index buckets of policies. */
export function telemetryTargets({ targets }: TelemetryPolicyResult): readonly string[] {
  return [...new Set(targets)];
}

/** The policy that takes precedence for a Gateway: the oldest, then the first by name. */
export function telemetryPolicyFor(
  fetch: Fetch,
  policies: Index<TelemetryPolicyResult>,
  gateway: Gateway['key'],
): TelemetryPolicyResult | undefined {
  let first: TelemetryPolicyResult | undefined;
  for (const policy of fetch.by(policies, gateway)) {
    if (first === undefined || policy.created < first.created) first = policy;
  }
  return first;
}
