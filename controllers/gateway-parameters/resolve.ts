import type { Gateway } from '../../lib/api/gateway.ts';
import type { GatewayParameters, GatewayParametersSpec } from '../../lib/api/gateway-parameters.ts';
import type { ObjectReference } from '../../lib/api/object-reference.ts';
import type { Collection, Fetch } from '../../lib/graph/types.ts';
import { API_GROUP } from '../settings.ts';
import { mergedParameters } from './merge.ts';

/** What is wrong with a `parametersRef`. */
export interface ParametersProblem {
  readonly message: string;
  readonly fix: string;
}

/** Whether a `parametersRef` can be used; undefined if it can. `namespace` is absent if none is known. */
export function parametersProblem(
  { group, kind, name, namespace }: ObjectReference,
  fetch: Fetch,
  parameters: Collection<GatewayParameters>,
): ParametersProblem | undefined {
  if (group !== API_GROUP || kind !== 'GatewayParameters') {
    return {
      message: `${kind} of group ${group === '' ? 'core' : group} is not supported.`,
      fix: `Refer to a GatewayParameters of group ${API_GROUP}, or leave the reference out.`,
    };
  }
  if (namespace === undefined) {
    return {
      message: 'The reference has no namespace, which GatewayParameters have.',
      fix: 'Say the namespace.',
    };
  }
  const key = `${namespace}/${name}`;
  if (fetch.one(parameters, key) !== undefined) return undefined;
  return {
    message: `GatewayParameters/${key} does not exist.`,
    fix: 'Create it, or leave the reference out.',
  };
}

export interface ParametersReads {
  readonly parameters: Collection<GatewayParameters>;
}

/** The reference of a Gateway to its own parameters, with the namespace that it implies. */
export function ownReference({ spec, metadata }: Gateway): ObjectReference | undefined {
  const reference = spec.infrastructure?.parametersRef;
  return reference && { ...reference, namespace: metadata.namespace ?? '' };
}

/**
 * The parameters of a Gateway, its own over those of its class. References that cannot be used count as absent: whoever
 * must not go on without them asks `parametersProblem`.
 */
export function parametersOf(
  gateway: Gateway,
  fetch: Fetch,
  { gatewayClass, parameters }: ParametersReads & { readonly gatewayClass: { readonly parameters?: string } },
): GatewayParametersSpec {
  const own = ownReference(gateway);
  const usable = own !== undefined && parametersProblem(own, fetch, parameters) === undefined;
  const keys = [gatewayClass.parameters, usable ? `${own.namespace}/${own.name}` : undefined];
  const [ofClass = {}, ofGateway = {}] = keys.map((key) =>
    key === undefined ? undefined : fetch.one(parameters, key)?.spec
  );
  return mergedParameters(ofClass, ofGateway);
}
