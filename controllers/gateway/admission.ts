import type { Gateway } from '../../lib/api/gateway.ts';
import type { GatewayParametersSpec } from '../../lib/api/gateway-parameters.ts';
import type { ServiceCIDR } from '../../lib/api/service-cidr.ts';
import type { Collection, Fetch } from '../../lib/graph/types.ts';
import type { Diagnostic } from '../../lib/model/mod.ts';
import type { OurGatewayClass } from '../gateway-class/translate.ts';
import {
  ownReference,
  parametersOf,
  parametersProblem,
  type ParametersReads,
} from '../gateway-parameters/resolve.ts';
import type { Settings } from '../settings.ts';
import { type Place, placeOf } from './place.ts';
import { gatewayRefusals } from './refusals.ts';

export interface AdmissionReads extends ParametersReads {
  readonly settings: Settings;
  readonly classes: Collection<OurGatewayClass>;
  readonly serviceCIDRs: Collection<ServiceCIDR>;
}

/** A Gateway of ours as a whole, before its listeners are looked at. */
export interface Admission {
  /** Those of its class and its own; see `parametersOf`. */
  readonly parameters: GatewayParametersSpec;
  readonly place: Place;
  /** What keeps it from being accepted. */
  readonly refusals: readonly Diagnostic[];
}

/** Undefined for a Gateway whose class is not ours. */
export function admissionOf(gateway: Gateway, fetch: Fetch, reads: AdmissionReads): Admission | undefined {
  const gatewayClass = fetch.one(reads.classes, gateway.spec.gatewayClassName);
  if (gatewayClass === undefined) return undefined;
  const reference = ownReference(gateway);
  const problem = reference && parametersProblem(reference, fetch, reads.parameters);
  const parameters = parametersOf(gateway, fetch, { gatewayClass, ...reads });
  const place = placeOf(gateway, {
    settings: reads.settings,
    parameters,
    serviceRanges: () => fetch.all(reads.serviceCIDRs).flatMap(({ spec }) => spec.cidrs),
  });
  return { parameters, place, refusals: gatewayRefusals(gateway, { gatewayClass, place, problem }) };
}
