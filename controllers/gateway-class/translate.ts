import type { Condition } from '../../lib/api/condition.ts';
import type { GatewayClass } from '../../lib/api/gateway-class.ts';
import type { Keyed } from '../../lib/graph/types.ts';
import type { ObjectRef } from '../../lib/model/mod.ts';
import type { StatusResult } from '../flow.ts';
import { CONTROLLER_NAME } from '../settings.ts';
import { SUPPORTED_FEATURES } from './features.ts';

/** A class whose Gateways are ours. `key` is its name. */
export interface OurGatewayClass extends Keyed {
  /** Set if the class is not accepted, and so no Gateway of it. */
  readonly refusal?: string;
}

/** Undefined for classes of other controllers. */
export function translateGatewayClass({ key, spec }: GatewayClass): OurGatewayClass | undefined {
  if (spec.controllerName !== CONTROLLER_NAME) return undefined;
  const { parametersRef } = spec;
  if (parametersRef === undefined) return { key };
  const { kind, group } = parametersRef;
  return {
    key,
    refusal: `spec.parametersRef: ${kind} of group ${group === '' ? 'core' : group} is not supported.`,
  };
}

/** `status` of a class of ours: `Accepted`, `SupportedVersion` and `supportedFeatures`. */
export function gatewayClassStatus(gatewayClass: GatewayClass): StatusResult | undefined {
  const ours = translateGatewayClass(gatewayClass);
  if (ours === undefined) return undefined;
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
      status: 'True',
      reason: 'SupportedVersion',
      message: 'Gateway API v1.7.0 is supported.',
      observedGeneration,
    },
  ];
  const supportedFeatures = SUPPORTED_FEATURES.map((name) => ({ name }));
  return {
    key: `GatewayClass/${name}`,
    object,
    generation: observedGeneration,
    status: { conditions, supportedFeatures },
  };
}
