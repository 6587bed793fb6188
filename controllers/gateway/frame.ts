import { type Gateway } from '../../lib/api/gateway.ts';
import type { Fetch, Index, Keyed } from '../../lib/graph/types.ts';
import type { Cluster, ObjectRef, Tracing } from '../../lib/model/mod.ts';
import type { NamespaceRule, SecretUse } from '../flow.ts';
import { createdAt, namespaceRule } from '../listener-set/attached.ts';
import { STANDALONE_FLEET } from '../settings.ts';
import { telemetryPolicyFor, type TelemetryPolicyResult } from '../telemetry-policy/translate.ts';
import { type Admission, admissionOf, type AdmissionReads } from './admission.ts';
import type { GatewayCertificateReads } from './certificates.ts';
import { type ClientCertificate, clientCertificate } from './client-certificate.ts';
import { GATEWAY_API_GROUP } from './listeners.ts';

/**
 * What of a Gateway of ours its listeners, and those of its ListenerSets, are judged by, without its own: edits of listeners
 * change nothing here. `key` is its `namespace/name`.
 */
export interface GatewayFrame extends Keyed {
  readonly gateway: ObjectRef;
  /** ms since the epoch. */
  readonly created: number;
  readonly fleet: string;
  readonly admission: Admission;
  /** Which ListenerSets it lets in. */
  readonly sets: NamespaceRule;
  readonly client: ClientCertificate;
  readonly tracing?: Tracing;
  /** Where its spans go, and what that needs. */
  readonly collectors: readonly Cluster[];
  readonly secrets: readonly SecretUse[];
  /** Where its proxies bind; absent if they bind nothing. */
  readonly binds?: string;
}

export interface FrameReads extends AdmissionReads, GatewayCertificateReads {
  /** By their targets, see `telemetryTargets`. */
  readonly telemetryPolicies: Index<TelemetryPolicyResult>;
}

/** Undefined for a Gateway whose class is not ours. */
export function gatewayFrame(gateway: Gateway, fetch: Fetch, reads: FrameReads): GatewayFrame | undefined {
  const admission = admissionOf(gateway, fetch, reads);
  if (admission === undefined) return undefined;
  const { key, kind, metadata: { namespace = '', name } } = gateway;
  const { settings: { mode } } = reads;
  const { tracing, cluster, secrets = [] } = telemetryPolicyFor(fetch, reads.telemetryPolicies, key) ?? {};
  const { refusals, place: { address } } = admission;
  // In Kubernetes one that is not accepted gets no proxies; those that it has from before go on serving.
  const serves = refusals.length === 0 || mode === 'kubernetes';
  return {
    key,
    gateway: { group: GATEWAY_API_GROUP, kind, namespace, name },
    created: createdAt(gateway),
    fleet: mode === 'standalone' ? STANDALONE_FLEET : key,
    admission,
    sets: namespaceRule(gateway),
    client: clientCertificate(gateway, fetch, reads),
    collectors: cluster === undefined ? [] : [cluster],
    secrets,
    ...(tracing === undefined ? {} : { tracing }),
    ...(serves && address !== undefined ? { binds: address } : {}),
  };
}
