import type { Condition } from './condition.ts';
import type { ObjectReference } from './object-reference.ts';
import type { KubeObject } from './object.ts';

export interface GatewayClass extends KubeObject {
  readonly kind: 'GatewayClass';
  readonly spec: GatewayClassSpec;
}

export interface GatewayClassSpec {
  /** `domain/path`; fixed once created. */
  readonly controllerName: string;
  readonly parametersRef?: ParametersReference | undefined;
  readonly description?: string | undefined;
}

/** The namespace is absent for cluster-scoped kinds. */
export interface ParametersReference extends ObjectReference {}

export interface GatewayClassStatus {
  readonly conditions?: readonly Condition[] | undefined;
  /** In the order of their names. */
  readonly supportedFeatures?: readonly SupportedFeature[] | undefined;
}

export interface SupportedFeature {
  readonly name: string;
}
