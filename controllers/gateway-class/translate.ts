import type { Condition } from '../../lib/api/condition.ts';
import type { GatewayClass } from '../../lib/api/gateway-class.ts';
import type { Collection, Fetch, Keyed } from '../../lib/graph/types.ts';
import type { ObjectRef } from '../../lib/model/mod.ts';
import type { InstalledDefinition, StatusResult } from '../flow.ts';
import { parametersProblem, type ParametersReads } from '../gateway-parameters/resolve.ts';
import { CONTROLLER_NAME, type Settings } from '../settings.ts';
import { supportedFeatures } from './features.ts';
import { supportedVersion } from './version.ts';

/** A class whose Gateways are ours. `key` is its name. */
export interface OurGatewayClass extends Keyed {
  /** Set if the class is not accepted, and so no Gateway of it. */
  readonly refusal?: string;
  /** Key of the GatewayParameters that the class refers to, if it is accepted with them. */
  readonly parameters?: string;
}

/** Undefined for classes of other controllers. */
export function translateGatewayClass(
  { key, spec }: GatewayClass,
  fetch: Fetch,
  { parameters }: ParametersReads,
): OurGatewayClass | undefined {
  if (spec.controllerName !== CONTROLLER_NAME) return undefined;
  const { parametersRef } = spec;
  if (parametersRef === undefined) return { key };
  const problem = parametersProblem(parametersRef, fetch, parameters);
  if (problem !== undefined) return { key, refusal: `spec.parametersRef: ${problem.message}` };
  return { key, parameters: `${parametersRef.namespace}/${parametersRef.name}` };
}

export interface GatewayClassReads {
  readonly settings: Settings;
  readonly classes: Collection<OurGatewayClass>;
  readonly installed: Collection<InstalledDefinition>;
}

/** Kinds that are not of the Gateway API, and tell nothing of its version. */
const others: ReadonlySet<string> = new Set(['GatewayParameters', 'ClusterTrustBundle']);

/** `status` of a class of ours: `Accepted`, `SupportedVersion` and `supportedFeatures`. */
export function gatewayClassStatus(
  gatewayClass: GatewayClass,
  fetch: Fetch,
  { settings, classes, installed }: GatewayClassReads,
): StatusResult | undefined {
  const ours = fetch.one(classes, gatewayClass.key);
  if (ours === undefined) return undefined;
  const definitions = fetch.all(installed);
  const { name, generation: observedGeneration } = gatewayClass.metadata;
  const object: ObjectRef = { group: 'gateway.networking.k8s.io', kind: 'GatewayClass', namespace: '', name };
  const conditions: Condition[] = [
    ours.refusal === undefined
      ? {
        type: 'Accepted',
        status: 'True',
        reason: 'Accepted',
        message: 'Gateways of this class are served.',
        observedGeneration,
      }
      : {
        type: 'Accepted',
        status: 'False',
        reason: 'InvalidParameters',
        message: ours.refusal,
        observedGeneration,
      },
    {
      type: 'SupportedVersion',
      ...supportedVersion(definitions.filter(({ key }) => !others.has(key))),
      observedGeneration,
    },
  ];
  const features = supportedFeatures(settings, definitions).map((name) => ({ name }));
  return {
    key: `GatewayClass/${name}`,
    object,
    generation: observedGeneration,
    status: { conditions, supportedFeatures: features },
  };
}
