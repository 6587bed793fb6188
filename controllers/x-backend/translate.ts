import { isIP } from 'node:net';

import type { BackendProtocol, SessionPersistence, XBackend } from '../../lib/api/mod.ts';
import type { Fetch, Keyed } from '../../lib/graph/types.ts';
import type { Cluster, Diagnostic, ObjectRef, UpstreamTls } from '../../lib/model/mod.ts';
import { validationTrust } from '../backend-tls-policy/trust.ts';
import type { SecretUse } from '../flow.ts';
import { certificateName } from '../secret/names.ts';
import { type CertificateReads, isUnresolved, resolveKeyPair } from '../secret/resolve.ts';
import { selectorServiceName } from './selector-service.ts';

/** What an XBackend means wherever it is referred to (GEP-4894). `key` is `namespace/name`. */
export interface XBackendResult extends Keyed {
  readonly backend: ObjectRef;
  readonly generation: number;
  readonly port: number;
  /** What it is spoken to in; absent: what the route says. */
  readonly protocol?: BackendProtocol;
  readonly discovery: Cluster['discovery'];
  readonly tls?: UpstreamTls;
  readonly secrets: readonly SecretUse[];
  /** What keeps sessions at its endpoints. */
  readonly session?: SessionPersistence;
  /** Why it cannot be used: requests to it fail. The first is the reason of `Accepted`. */
  readonly problems: readonly Diagnostic[];
}

export const X_GROUP = 'gateway.networking.x-k8s.io';

export function isXBackend(
  { group, kind }: { readonly group: string; readonly kind: string },
): boolean {
  return group === X_GROUP && kind === 'XBackend';
}

export function translateXBackend(backend: XBackend, fetch: Fetch, reads: CertificateReads): XBackendResult {
  const { key, kind, metadata: { namespace = '', name, uid = '', generation }, spec } = backend;
  const object: ObjectRef = { group: X_GROUP, kind, namespace, name };
  const problems: Diagnostic[] = [];
  const report = (problem: Pick<Diagnostic, 'code' | 'field' | 'message' | 'fix'>): void => {
    problems.push({ object, severity: 'error', ...problem });
  };
  const { protocol, type, externalHostname: { hostname = '' } = {}, port: { number: port = 0 } } = spec;
  const isInPods = reads.settings.mode === 'kubernetes';
  const isSelector = type === 'EndpointSelector';
  if (isSelector && !isInPods) {
    report({
      code: 'UnsupportedValue',
      field: 'spec.type',
      message: 'Type EndpointSelector needs Pods, and there are none in standalone mode.',
      fix: 'Refer to a Service with the annotation dragoman.dev/endpoints.',
    });
  } else if (!isSelector && isLocalName(hostname) && !reads.settings.allowLocalBackends) {
    report({
      code: 'UnsupportedValue',
      field: 'spec.externalHostname.hostname',
      message: `${hostname} is no name of anything outside.`,
      fix: 'Use the DNS name of another machine, or refer to a Service.',
    });
  }
  const { tls, secrets } = tlsOf(backend, fetch, { ...reads, object, report });
  return {
    key,
    backend: object,
    generation,
    port,
    discovery: isSelector
      ? { type: 'endpoints', service: `${namespace}/${selectorServiceName(uid)}`, port }
      // Absolute in Kubernetes, where the search domains of Pods would find Services by it.
      : { type: 'hostname', hostname: isInPods ? `${hostname}.` : hostname, port },
    secrets,
    problems,
    ...(spec.sessionPersistence === undefined ? {} : { session: spec.sessionPersistence }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(tls === undefined ? {} : { tls }),
  };
}

/** Names that mean this machine, addresses, and those by which Services are found. */
function isLocalName(hostname: string): boolean {
  return isIP(hostname) !== 0 || /(^|\.)(localhost|svc|cluster\.local)$/.test(hostname);
}

interface TlsContext extends CertificateReads {
  readonly object: ObjectRef;
  readonly report: (problem: Pick<Diagnostic, 'code' | 'field' | 'message' | 'fix'>) => void;
}

function tlsOf(
  { spec: { tls: { validation, clientCertificateRef } } }: XBackend,
  fetch: Fetch,
  { object, report, ...reads }: TlsContext,
): { readonly tls?: UpstreamTls; readonly secrets: readonly SecretUse[] } {
  if (validation === undefined) return { secrets: [] };
  const { trust, secrets, accepted, faults } = validationTrust(validation, fetch, {
    ...reads,
    from: object,
    field: 'spec.tls.validation',
  });
  for (const fault of faults) report(fault);
  if (trust === undefined && faults.length === 0) {
    report({ code: accepted.reason, field: 'spec.tls.validation', message: accepted.message });
  }
  if (trust === undefined) return { secrets: [] };
  const { hostname: sni, subjectAltNames = [] } = validation;
  const tls: UpstreamTls = {
    sni,
    trust,
    ...(subjectAltNames.length === 0 ? {} : { subjectAltNames: subjectAltNames.map(altName) }),
  };
  if (clientCertificateRef === undefined) return { tls, secrets };
  const pair = resolveKeyPair(fetch, reads, { from: object, to: clientCertificateRef });
  if (isUnresolved(pair)) {
    const code = pair.cause === 'not-permitted' ? 'RefNotPermitted' : 'InvalidClientCertificateRef';
    report({ code, field: 'spec.tls.clientCertificateRef', message: pair.message, fix: pair.fix });
    return { secrets: [] };
  }
  const clientCertificate = certificateName(pair.source);
  const shown: SecretUse = { name: clientCertificate, type: 'certificate', sources: [pair.source] };
  return { tls: { ...tls, clientCertificate }, secrets: [...secrets, shown] };
}

function altName(
  { type, hostname = '', uri = '' }: {
    readonly type: string;
    readonly hostname?: string | undefined;
    readonly uri?: string | undefined;
  },
): { type: 'DNS' | 'URI'; value: string } {
  return type === 'Hostname' ? { type: 'DNS', value: hostname } : { type: 'URI', value: uri };
}
