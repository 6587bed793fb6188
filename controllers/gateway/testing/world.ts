import assert from 'node:assert/strict';

import type { Condition } from '../../../lib/api/condition.ts';
import type { ClusterTrustBundle } from '../../../lib/api/cluster-trust-bundle.ts';
import type { ConfigMap } from '../../../lib/api/config-map.ts';
import { type Gateway, gatewaySchema } from '../../../lib/api/gateway.ts';
import type { GatewayClass } from '../../../lib/api/gateway-class.ts';
import { type GatewayParameters, gatewayParametersSchema } from '../../../lib/api/gateway-parameters.ts';
import { type ListenerSet, listenerSetSchema } from '../../../lib/api/listener-set.ts';
import type { Namespace } from '../../../lib/api/namespace.ts';
import type { ReferenceGrant } from '../../../lib/api/reference-grant.ts';
import type { Secret } from '../../../lib/api/secret.ts';
import type { Service } from '../../../lib/api/service.ts';
import type { ServiceCIDR } from '../../../lib/api/service-cidr.ts';
import { type Collection, createGraph, type Graph, type Input } from '../../../lib/graph/mod.ts';
import type {
  Clock,
  Delivered,
  GatewayAddresses,
  GatewayResult,
  InfraFault,
  InstalledDefinition,
  ListenerVerdict,
  RouteAttachment,
  StatusResult,
} from '../../flow.ts';
import { type BackendTlsPolicyResult, policyTargets } from '../../backend-tls-policy/translate.ts';
import { translateGatewayClass } from '../../gateway-class/translate.ts';
import { grantBuckets } from '../../reference-grant/granted.ts';
import { configMapOf, other, secretOf, tlsSecret, web } from '../../secret/testing/fixtures.ts';
import { CONTROLLER_NAME, type Settings } from '../../settings.ts';
import { type TelemetryPolicyResult, telemetryTargets } from '../../telemetry-policy/translate.ts';
import { type TrafficPolicyResult, trafficTargets } from '../../traffic-policy/translate.ts';
import type { XBackendResult } from '../../x-backend/translate.ts';
import { declareGatewayFlow } from '../dataflow.ts';
import {
  attachmentBuckets,
  gatewayStatus,
  listenerSetStatus,
  programmedGateway,
  type SentListener,
} from '../status.ts';

export const standalone: Settings = {
  mode: 'standalone',
  bind: '127.0.0.1',
  privilegedPortShift: 0,
  allowLocalBackends: true,
};

/** The Gateway side of the dataflow by itself, with one class `dragoman`. */
export interface World {
  readonly graph: Graph;
  readonly inputs: WorldInputs;
  readonly results: Collection<GatewayResult>;
  readonly statuses: Collection<StatusResult>;
  /** How often a Gateway was translated. */
  readonly translations: () => number;
}

export interface WorldInputs {
  readonly classes: Input<GatewayClass>;
  readonly parameters: Input<GatewayParameters>;
  readonly gateways: Input<Gateway>;
  readonly listenerSets: Input<ListenerSet>;
  readonly namespaces: Input<Namespace>;
  readonly grants: Input<ReferenceGrant>;
  readonly secrets: Input<Secret>;
  readonly configMaps: Input<ConfigMap>;
  readonly clusterTrustBundles: Input<ClusterTrustBundle>;
  readonly installed: Input<InstalledDefinition>;
  readonly serviceCIDRs: Input<ServiceCIDR>;
  readonly services: Input<Service>;
  readonly clock: Input<Clock>;
  readonly attachments: Input<RouteAttachment>;
  readonly sent: Input<SentListener>;
  readonly delivered: Input<Delivered>;
  readonly addresses: Input<GatewayAddresses>;
  readonly infraFaults: Input<InfraFault>;
}

export function world(settings: Settings = standalone): World {
  const graph = createGraph({
    onFault: ({ error, reason }) => {
      throw error ?? new Error(reason);
    },
  });
  const inputs: WorldInputs = {
    classes: graph.input('GatewayClass'),
    parameters: graph.input('GatewayParameters'),
    gateways: graph.input('Gateway'),
    listenerSets: graph.input('ListenerSet'),
    namespaces: graph.input('Namespace'),
    grants: graph.input('ReferenceGrant'),
    secrets: graph.input('Secret'),
    configMaps: graph.input('ConfigMap'),
    clusterTrustBundles: graph.input('ClusterTrustBundle'),
    installed: graph.input('installed'),
    serviceCIDRs: graph.input('ServiceCIDR'),
    services: graph.input('Service'),
    clock: graph.input('clock'),
    attachments: graph.input('attachments'),
    sent: graph.input('sent'),
    delivered: graph.input('delivered'),
    addresses: graph.input('addresses'),
    infraFaults: graph.input('infraFaults'),
  };
  const { namespaces, secrets, configMaps, clusterTrustBundles, installed } = inputs;
  const { parameters, serviceCIDRs, clock, sent, delivered, addresses, infraFaults } = inputs;
  const classes = graph.map(
    'classes',
    inputs.classes,
    (gatewayClass, fetch) => translateGatewayClass(gatewayClass, fetch, { parameters }),
  );
  const grants = graph.index('grants', inputs.grants, grantBuckets);
  const tlsPolicies = graph.index(
    'tlsPolicies',
    graph.input<BackendTlsPolicyResult>('backendTlsPolicies'),
    policyTargets,
  );
  const xBackends = graph.input<XBackendResult>('xBackends');
  const trafficPolicies = graph.index(
    'trafficPolicies',
    graph.input<TrafficPolicyResult>('xBackendTrafficPolicies'),
    trafficTargets,
  );
  const telemetryPolicies = graph.index(
    'telemetryPolicies',
    graph.input<TelemetryPolicyResult>('xTelemetryPolicies'),
    telemetryTargets,
  );
  const attachments = graph.index('attachmentsOf', inputs.attachments, attachmentBuckets);
  let translations = 0;
  const counting: Parameters<typeof declareGatewayFlow>[0] = {
    map: (name, from, mapper) =>
      graph.map(name, from, (value, fetch) => {
        if (name === 'gateways') translations++;
        return mapper(value, fetch);
      }),
    flatMap: (...args) => graph.flatMap(...args),
    merge: (...args) => graph.merge(...args),
    index: (...args) => graph.index(...args),
  };
  const { gateways: results, listenerSets, ports } = declareGatewayFlow(
    counting,
    { gateways: inputs.gateways, listenerSets: inputs.listenerSets, namespaces },
    {
      settings,
      classes,
      parameters,
      serviceCIDRs,
      telemetryPolicies,
      clock,
      grants,
      secrets,
      configMaps,
      clusterTrustBundles,
      installed,
      services: inputs.services,
      tlsPolicies,
      xBackends,
      trafficPolicies,
    },
  );
  const said = { attachments, ports, sent, delivered, addresses, infraFaults, installed };
  const programmed = graph.map(
    'programmed',
    results,
    (result, fetch) => programmedGateway(result, fetch, said),
  );
  const statuses = graph.merge('statuses', [
    graph.map('gatewayStatuses', results, (result, fetch) => gatewayStatus(result, fetch, said)),
    graph.map(
      'listenerSetStatuses',
      listenerSets,
      (verdict, fetch) => listenerSetStatus(verdict, fetch, { ...said, programmed }),
    ),
  ]);
  inputs.classes.set(gatewayClassOf('dragoman'));
  return { graph, inputs, results, statuses, translations: () => translations };
}

/** What Gateway `infra/web` becomes beside Secrets `web`, `other`, `mixed` and `opaque` and ConfigMap `ca`. */
export function translated(spec: object, settings: Settings = standalone): GatewayResult {
  const { graph, inputs, results } = world(settings);
  inputs.secrets.set(tlsSecret('infra/web', web));
  inputs.secrets.set(tlsSecret('infra/other', other));
  inputs.secrets.set(tlsSecret('infra/mixed', { certificate: web.certificate, key: other.key }));
  inputs.secrets.set(secretOf('infra/opaque', {}));
  inputs.configMaps.set(configMapOf('infra/ca', { 'ca.crt': web.certificate }));
  inputs.gateways.set(gatewayOf('web', spec));
  graph.commit();
  const result = results.get('infra/web');
  assert.ok(result);
  return result;
}

export function verdictOf({ status }: GatewayResult, name: string): ListenerVerdict {
  const verdict = status.listeners.find((listener) => listener.name === name);
  assert.ok(verdict);
  return verdict;
}

/** The `http` listener of a spec: port 80. */
export const http: { readonly name: string; readonly port: number; readonly protocol: string } = {
  name: 'http',
  port: 80,
  protocol: 'HTTP',
};

/** An HTTPS listener of a spec: port 443, with the certificate of Secret `web`. */
export function https(name: string, { secret = 'web', ...rest }: HttpsOptions = {}): object {
  return { name, port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: secret }] }, ...rest };
}

interface HttpsOptions {
  readonly secret?: string;
  readonly hostname?: string;
  readonly port?: number;
}

export function gatewayClassOf(name: string, spec: Partial<GatewayClass['spec']> = {}): GatewayClass {
  return {
    key: name,
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name, generation: 1 },
    spec: { controllerName: CONTROLLER_NAME, ...spec },
  };
}

/** GatewayParameters of namespace `infra`. */
export function parametersOf(name: string, spec: object): GatewayParameters {
  const manifest = gatewayParametersSchema.parse({
    apiVersion: 'dragoman.dev/v1alpha1',
    kind: 'GatewayParameters',
    metadata: { name, namespace: 'infra' },
    spec,
  });
  return { ...manifest, key: `infra/${name}` };
}

/** A reference to GatewayParameters. */
export function reference(name: string): { group: string; kind: string; name: string } {
  return { group: 'dragoman.dev', kind: 'GatewayParameters', name };
}

interface Metadata {
  readonly namespace?: string;
  readonly creationTimestamp?: string;
  readonly uid?: string;
}

/** A Gateway of class `dragoman` in namespace `infra`, with the API's defaults. */
export function gatewayOf(
  name: string,
  spec: object,
  { namespace = 'infra', ...metadata }: Metadata = {},
): Gateway {
  const manifest = gatewaySchema.parse({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name, namespace, generation: 7, ...metadata },
    spec: { gatewayClassName: 'dragoman', ...spec },
  });
  return { ...manifest, key: `${namespace}/${name}` };
}

/** A ListenerSet of Gateway `infra/web`, in namespace `infra`, with the API's defaults. */
export function listenerSetOf(
  name: string,
  listeners: readonly object[],
  { namespace = 'infra', ...metadata }: Metadata = {},
): ListenerSet {
  const manifest = listenerSetSchema.parse({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'ListenerSet',
    metadata: { name, namespace, generation: 3, ...metadata },
    spec: { parentRef: { name: 'web', namespace: 'infra' }, listeners },
  });
  return { ...manifest, key: `${namespace}/${name}` };
}

/** `{ type: 'Status/Reason' }`. */
export function said(conditions: readonly Condition[] | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (conditions ?? []).map(({ type, status, reason }) => [type, `${status}/${reason}`]),
  );
}
