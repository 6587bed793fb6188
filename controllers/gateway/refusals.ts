import type { Gateway } from '../../lib/api/gateway.ts';
import type { Diagnostic } from '../../lib/model/mod.ts';
import type { OurGatewayClass } from '../gateway-class/translate.ts';
import type { ParametersProblem } from '../gateway-parameters/resolve.ts';
import type { Place } from './place.ts';
import { sourceOf } from './listeners.ts';

export interface RefusalContext {
  readonly gatewayClass: OurGatewayClass;
  readonly place: Place;
  /** What is wrong with `spec.infrastructure.parametersRef`. */
  readonly problem: ParametersProblem | undefined;
}

/** What keeps a Gateway as a whole from being accepted, whatever its listeners say. */
export function gatewayRefusals(
  gateway: Gateway,
  { gatewayClass, place, problem }: RefusalContext,
): readonly Diagnostic[] {
  const refused = { object: sourceOf(gateway).object, severity: 'error', code: 'InvalidParameters' } as const;
  const refusals: Diagnostic[] = [];
  if (gatewayClass.refusal !== undefined) {
    const message = `GatewayClass/${gatewayClass.key} is not accepted: ${gatewayClass.refusal}`;
    refusals.push({ ...refused, field: 'spec.gatewayClassName', message });
  }
  if (problem !== undefined) {
    refusals.push({ ...refused, field: 'spec.infrastructure.parametersRef', ...problem });
  }
  return [...refusals, ...place.unsupported];
}
