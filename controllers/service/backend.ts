import { isIP } from 'node:net';

import type {
  BackendObjectReference,
  ReferenceGrant,
  Service,
  ServicePort,
  SessionPersistence,
} from '../../lib/api/mod.ts';
import type { Collection, Fetch, Index } from '../../lib/graph/types.ts';
import type { Cluster, ObjectRef, UpstreamTls } from '../../lib/model/mod.ts';
import { policyFor } from '../backend-tls-policy/precedence.ts';
import type { BackendTlsPolicyResult } from '../backend-tls-policy/translate.ts';
import type { SecretUse } from '../flow.ts';
import { granted } from '../reference-grant/granted.ts';
import type { Settings } from '../settings.ts';
import { trafficPolicyFor, type TrafficPolicyResult } from '../traffic-policy/translate.ts';
import { resolveXBackend } from '../x-backend/resolve.ts';
import { isXBackend, type XBackendResult } from '../x-backend/translate.ts';
import { namedCluster } from './cluster.ts';
import { isLocalAddress } from './local-address.ts';
import { backendProtocolOf } from './protocol.ts';
import { proxyProtocolOf } from './proxy-protocol.ts';

export interface BackendReads {
  readonly settings: Settings;
  readonly services: Collection<Service>;
  /** By `grantBuckets`. */
  readonly grants: Index<ReferenceGrant>;
  readonly xBackends: Collection<XBackendResult>;
  /** By their targets, see `trafficTargets`. */
  readonly trafficPolicies: Index<TrafficPolicyResult>;
  /** By the `namespace/name` of the Services that they target, see `policyTargets`. */
  readonly tlsPolicies: Index<BackendTlsPolicyResult>;
}

/** Who refers to a backend, and how it is spoken to. */
export interface BackendUse {
  readonly from: ObjectRef;
  /** What is to be sent there. */
  readonly protocol: 'http' | 'grpc' | 'tcp' | 'udp';
  /** The bytes are the client's own: BackendTLSPolicies do not apply. */
  readonly plain?: boolean;
  /** SDS name of the certificate that is presented to TLS backends. */
  readonly clientCertificate?: string;
}

export type BackendResolution =
  | {
    readonly cluster: Cluster;
    /** Trust anchors of the cluster. */
    readonly secrets: readonly SecretUse[];
    readonly session?: BackendSession;
  }
  | { readonly problem: BackendProblem };

/** What keeps sessions at a backend's endpoints, unless the rule says otherwise. */
export interface BackendSession {
  /** Kind, namespace and name of the object that says so. */
  readonly identity: string;
  readonly spec: SessionPersistence;
}

/** Why a reference cannot be used, in terms of the `ResolvedRefs` condition. */
export interface BackendProblem {
  readonly reason: string;
  readonly message: string;
  /** The field of the reference. */
  readonly field: string;
  readonly fix?: string;
}

/**
 * The cluster that a route's reference to a backend means. A Service whose BackendTLSPolicy is invalid is a problem,
 * never spoken to without TLS.
 */
export function resolveBackend(
  ref: BackendObjectReference,
  fetch: Fetch,
  context: BackendReads & { readonly use: BackendUse },
): BackendResolution {
  const { use } = context;
  if (isXBackend(ref)) return resolveXBackend(ref, fetch, context);
  if (ref.group !== '' || ref.kind !== 'Service') {
    const kind = ref.group === '' ? ref.kind : `${ref.group}/${ref.kind}`;
    return problem({
      reason: 'InvalidKind',
      message: `Kind ${kind} is no kind of backend.`,
      field: 'kind',
      fix: 'use a Service or an XBackend',
    });
  }
  const namespace = ref.namespace ?? use.from.namespace;
  const name = `${namespace}/${ref.name}`;
  const to = { group: '', kind: 'Service', namespace, name: ref.name };
  if (!granted(fetch, context.grants, { from: use.from, to })) {
    return problem({
      reason: 'RefNotPermitted',
      message:
        `No ReferenceGrant lets ${use.from.kind}s of namespace ${use.from.namespace} refer to Service ${name}.`,
      field: 'namespace',
      fix: `add a ReferenceGrant to namespace ${namespace}`,
    });
  }
  const service = fetch.one(context.services, name);
  if (service === undefined) {
    return problem({ reason: 'BackendNotFound', message: `Service ${name} does not exist.`, field: 'name' });
  }
  return resolveService(service, fetch, { ...context, name, backend: to, port: ref.port ?? 0 });
}

interface ServiceContext extends BackendReads {
  readonly use: BackendUse;
  readonly backend: ObjectRef;
  readonly name: string;
  readonly port: number;
}

function resolveService(service: Service, fetch: Fetch, context: ServiceContext): BackendResolution {
  const { name, port, use, backend } = context;
  const external = service.spec.type === 'ExternalName';
  const ports = service.spec.ports ?? [];
  const transport = transportOf(use);
  const declared = ports.find((each) => each.port === port && each.protocol === transport);
  // A Service that is but a name may declare no ports; any other has the port or is not there.
  if (declared === undefined && (!external || ports.length > 0)) return problem(portProblem(ports, context));
  const refusal = external ? externalProblem(service, context) : undefined;
  if (refusal !== undefined) return problem(refusal);

  const spoken = backendProtocolOf(use.protocol, declared?.appProtocol);
  if (spoken === undefined) {
    return problem({
      reason: 'UnsupportedProtocol',
      message: `Port ${port} of Service ${name} has appProtocol ${declared?.appProtocol}, which ${
        use.protocol === 'grpc' ? 'gRPC' : 'HTTP'
      } cannot be sent to.`,
      field: 'port',
    });
  }
  const policy = use.plain === true ? undefined : policyFor(fetch, context.tlsPolicies, {
    service: name,
    ...(declared?.name === undefined ? {} : { section: declared.name }),
  });
  if (policy !== undefined && policy.tls === undefined) {
    return problem({
      reason: 'InvalidBackendTLSPolicy',
      message:
        `BackendTLSPolicy ${policy.key} of Service ${name} is invalid: ${policy.verdict.accepted.message}`,
      field: 'name',
    });
  }
  if (spoken.tls === true && policy === undefined) {
    return problem({
      reason: 'UnsupportedProtocol',
      message: `Port ${port} of Service ${name} speaks TLS, but no BackendTLSPolicy says whom to trust.`,
      field: 'port',
      fix: `add a BackendTLSPolicy that targets Service ${name}`,
    });
  }
  const tls = withClientCertificate(policy?.tls, use.clientCertificate);
  const proxyProtocol = use.protocol === 'udp' ? undefined : proxyProtocolOf(service);
  const isHttp = use.protocol === 'http' || use.protocol === 'grpc';
  const traffic = isHttp ? trafficPolicyFor(fetch, context.trafficPolicies, name) : undefined;
  const cluster = namedCluster({
    backend,
    port,
    discovery: external
      ? { type: 'hostname', hostname: service.spec.externalName ?? '', port: targetOf(declared, port) }
      : { type: 'endpoints', service: name, port },
    protocol: spoken.protocol,
    ...(spoken.websocket === true ? { websocket: true } : {}),
    ...(tls === undefined ? {} : { tls }),
    ...(proxyProtocol === undefined ? {} : { proxyProtocol }),
    ...(traffic?.retryBudget === undefined ? {} : { retryBudget: traffic.retryBudget }),
  });
  return { cluster, secrets: policy?.secrets ?? [], ...sessionOf(traffic) };
}

/** The session of a policy, if it has one. */
export function sessionOf(policy: TrafficPolicyResult | undefined): { readonly session?: BackendSession } {
  if (policy?.session === undefined) return {};
  return { session: { identity: `XBackendTrafficPolicy ${policy.key}`, spec: policy.session } };
}

function transportOf({ protocol }: BackendUse): 'TCP' | 'UDP' {
  return protocol === 'udp' ? 'UDP' : 'TCP';
}

function withClientCertificate(
  tls: UpstreamTls | undefined,
  clientCertificate: string | undefined,
): UpstreamTls | undefined {
  return tls === undefined || clientCertificate === undefined ? tls : { ...tls, clientCertificate };
}

function targetOf(declared: ServicePort | undefined, port: number): number {
  return typeof declared?.targetPort === 'number' ? declared.targetPort : port;
}

function portProblem(ports: readonly ServicePort[], { name, port, use }: ServiceContext): BackendProblem {
  const other = ports.find((each) => each.port === port);
  if (other !== undefined) {
    return {
      reason: 'UnsupportedProtocol',
      message: `Port ${port} of Service ${name} is of protocol ${other.protocol}, not ${transportOf(use)}.`,
      field: 'port',
    };
  }
  const numbers = ports.map((each) => each.port);
  return {
    reason: 'BackendNotFound',
    message: `Service ${name} has no port ${port}; it has ${
      numbers.length === 0 ? 'none' : numbers.join(', ')
    }.`,
    field: 'port',
    ...(numbers.length === 1 ? { fix: `use port ${numbers[0]}` } : {}),
  };
}

function externalProblem(
  { spec }: Service,
  { name, settings, use }: ServiceContext,
): BackendProblem | undefined {
  const { externalName = '' } = spec;
  if (settings.mode === 'kubernetes') {
    return {
      reason: 'UnsupportedValue',
      message: `Service ${name} is of type ExternalName, which could name anything that the proxies reach.`,
      field: 'name',
      fix: 'use a Service with EndpointSlices',
    };
  }
  if (use.protocol === 'udp') {
    return {
      reason: 'UnsupportedValue',
      message: `Service ${name} is of type ExternalName, which UDP is not sent to.`,
      field: 'name',
      fix: 'use a Service with endpoints',
    };
  }
  if (externalName === '') {
    return { reason: 'BackendNotFound', message: `Service ${name} has no externalName.`, field: 'name' };
  }
  const local = isIP(externalName) === 0 ? isLocalName(externalName) : isLocalAddress(externalName);
  return local && !settings.allowLocalBackends
    ? {
      reason: 'UnsupportedValue',
      message: `Service ${name} names a local address, ${externalName}.`,
      field: 'name',
    }
    : undefined;
}

function isLocalName(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, '');
  return name === 'localhost' || name.endsWith('.localhost');
}

function problem(value: BackendProblem): BackendResolution {
  return { problem: value };
}
