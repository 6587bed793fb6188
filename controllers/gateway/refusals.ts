import type { Gateway } from '../../lib/api/gateway.ts';
import type { Diagnostic } from '../../lib/model/mod.ts';
import type { OurGatewayClass } from '../gateway-class/translate.ts';
import type { Place } from './place.ts';
import { sourceOf } from './listeners.ts';

/** What keeps a Gateway as a whole from being accepted, whatever its listeners say. It serves nothing then. */
export function gatewayRefusals(
  gateway: Gateway,
  { gatewayClass, place }: { readonly gatewayClass: OurGatewayClass; readonly place: Place },
): readonly Diagnostic[] {
  const refused = { object: sourceOf(gateway).object, severity: 'error', code: 'InvalidParameters' } as const;
  const refusals: Diagnostic[] = [];
  if (gatewayClass.refusal !== undefined) {
    const message = `GatewayClass/${gatewayClass.key} is not accepted: ${gatewayClass.refusal}`;
    refusals.push({ ...refused, field: 'spec.gatewayClassName', message });
  }
  // Parameters have no kind yet, so any reference to some is wrong.
  const parameters = gateway.spec.infrastructure?.parametersRef;
  if (parameters !== undefined) {
    const message = `${parameters.kind} of group ${parameters.group} is not supported.`;
    refusals.push({ ...refused, field: 'spec.infrastructure.parametersRef', message, fix: 'Leave it out.' });
  }
  return [...refusals, ...place.unsupported];
}
