import type { Gateway } from '../../lib/api/gateway.ts';
import type { GatewayClass } from '../../lib/api/gateway-class.ts';
import type { Service } from '../../lib/api/service.ts';
import type { Collection, Fetch, Index, Keyed } from '../../lib/graph/types.ts';
import type { Diagnostic } from '../../lib/model/mod.ts';
import type { XdsServer } from '../../lib/proxy/bootstrap-kubernetes.ts';
import type { GatewayResult } from '../flow.ts';
import { type Admission, admissionOf, type AdmissionReads } from '../gateway/admission.ts';
import { sourceOf } from '../gateway/listeners.ts';
import type { ServicePortWish } from '../legacy/flow.ts';
import type { KubernetesSettings } from '../settings.ts';
import { configMap } from './config-map.ts';
import { deployment } from './deployment.ts';
import { type InfraObject, type Manifest, metadataOf } from './manifest.ts';
import { infraName } from './names.ts';
import { proxyOf } from './proxy.ts';
import { horizontalPodAutoscaler, podDisruptionBudget } from './scaling.ts';
import { service } from './service.ts';
import { XDS_SERVICE, xdsServer } from './xds-server.ts';

/**
 * What is done about the objects of an owner. `key` is `Gateway/namespace/name`, or that of an XBackend. An owner without a
 * plan is none of ours, and keeps nothing that was made for it.
 */
export interface InfraPlan extends Keyed {
  /** All that it is to have, in the order in which it is needed; empty if what it has is `kept`. */
  readonly objects: readonly InfraObject[];
  /** Whatever it has stays as it is, and nothing is made. */
  readonly kept: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

export interface InfraReads extends AdmissionReads {
  readonly gateways: Collection<GatewayResult>;
  readonly gatewayClasses: Collection<GatewayClass>;
  readonly services: Collection<Service>;
  /** Of legacy Listeners, by the fleet. */
  readonly legacyPorts: Index<ServicePortWish>;
}

/**
 * An accepted Gateway gets proxies. One that is not, or not any more, keeps what it has: a mistake takes nobody's traffic
 * away, and once it is mended nothing has to be built up again. So does one whose class is gone, and one that is being
 * deleted, whose objects are the garbage collector's.
 */
export function infraPlan(gateway: Gateway, fetch: Fetch, reads: InfraReads): InfraPlan | undefined {
  const { kubernetes: settings } = reads.settings;
  if (settings === undefined) return undefined;
  const { key, metadata, spec } = gateway;
  const kept: InfraPlan = { key: `Gateway/${key}`, objects: [], kept: true, diagnostics: [] };
  if (fetch.one(reads.gatewayClasses, spec.gatewayClassName) === undefined) return kept;
  const result = fetch.one(reads.gateways, key);
  const admission = admissionOf(gateway, fetch, reads);
  if (result === undefined || admission === undefined) return undefined;
  if (!isAccepted(result) || metadata.deletionTimestamp !== undefined) return kept;
  const xds = xdsServer(fetch, { settings, services: reads.services });
  if (xds === undefined) return { ...kept, diagnostics: [noServer(gateway, settings)] };
  // Read only where it decides something, so that a Service's ports wake no Gateway.
  const asks = admission.place.requested.some(({ value }) => value !== '');
  const own = asks ? fetch.one(reads.services, `${metadata.namespace}/${infraName(gateway)}`) : undefined;
  const current = own?.spec.clusterIP;
  const legacyPorts = fetch.by(reads.legacyPorts, key);
  // A Service without ports is refused.
  if (spec.listeners.length === 0 && legacyPorts.length === 0) return kept;
  const manifests = manifestsOf(gateway, { admission, settings, xds, result, current, legacyPorts });
  return { ...kept, kept: false, objects: manifests.map((manifest) => objectOf(gateway, manifest)) };
}

function isAccepted({ status: { conditions } }: GatewayResult): boolean {
  return conditions.some(({ type, status }) => type === 'Accepted' && status === 'True');
}

interface ManifestContext {
  readonly admission: Admission;
  readonly settings: KubernetesSettings;
  readonly xds: XdsServer;
  readonly result: GatewayResult;
  /** Address of its Service, if that is there. */
  readonly current: string | undefined;
  readonly legacyPorts: readonly ServicePortWish[];
}

function manifestsOf(
  gateway: Gateway,
  { admission: { parameters, place }, settings, xds, result, current, legacyPorts }: ManifestContext,
): readonly Manifest[] {
  const proxy = proxyOf(gateway, { parameters, settings });
  const config = configMap(gateway, { proxy, xds, settings });
  return [
    serviceAccount(gateway),
    config,
    service(gateway, {
      parameters,
      projections: result.projections,
      listeners: result.listeners,
      requested: place.requested,
      current,
      legacyPorts,
      aliases: settings.legacy?.servicePorts ?? [],
    }),
    deployment(gateway, { parameters, proxy, configMap: config }),
    horizontalPodAutoscaler(gateway, parameters),
    podDisruptionBudget(gateway, parameters),
  ].filter((manifest) => manifest !== undefined);
}

function serviceAccount(gateway: Gateway): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadataOf(gateway),
    automountServiceAccountToken: false,
  };
}

function objectOf({ key }: Gateway, manifest: Manifest): InfraObject {
  const { kind, metadata: { namespace, name }, spec } = manifest;
  const object = { key: `${kind}/${namespace}/${name}`, owner: `Gateway/${key}`, manifest };
  const scaled = kind === 'Deployment' && typeof spec === 'object' && spec !== null && !('replicas' in spec);
  return scaled ? { ...object, leaves: ['spec.replicas'] } : object;
}

function noServer(gateway: Gateway, { namespace }: KubernetesSettings): Diagnostic {
  const message =
    `Service ${namespace}/${XDS_SERVICE} does not exist, so proxies would not find their configuration.`;
  return {
    object: sourceOf(gateway).object,
    severity: 'error',
    code: 'NoXdsServer',
    field: '',
    message,
    fix: 'Create the Service, or tell the controller where proxies reach it.',
  };
}
