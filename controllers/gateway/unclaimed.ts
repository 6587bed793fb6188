import type { Gateway } from '../../lib/api/gateway.ts';
import type { GatewayClass } from '../../lib/api/gateway-class.ts';
import type { Collection, Fetch } from '../../lib/graph/types.ts';
import type { Diagnostic } from '../../lib/model/mod.ts';
import type { DiagnosticSet } from '../flow.ts';
import { CONTROLLER_NAME, type Settings } from '../settings.ts';
import { sourceOf } from './listeners.ts';

export interface UnclaimedGatewayReads {
  readonly settings: Settings;
  readonly gatewayClasses: Collection<GatewayClass>;
}

/** Tells of a Gateway that nobody serves: its class is missing or, where we are alone, another controller's. */
export function unclaimedGateway(
  gateway: Gateway,
  fetch: Fetch,
  { settings, gatewayClasses }: UnclaimedGatewayReads,
): DiagnosticSet | undefined {
  const { gatewayClassName } = gateway.spec;
  const controller = fetch.one(gatewayClasses, gatewayClassName)?.spec.controllerName;
  if (controller === CONTROLLER_NAME || (controller !== undefined && settings.mode === 'kubernetes')) {
    return undefined;
  }
  const message = controller === undefined
    ? `GatewayClass/${gatewayClassName} does not exist, so nothing serves the Gateway.`
    : `GatewayClass/${gatewayClassName} is one of controller ${controller}, so nothing here serves the Gateway.`;
  const diagnostic: Diagnostic = {
    object: sourceOf(gateway).object,
    severity: 'error',
    code: 'NoGatewayClass',
    field: 'spec.gatewayClassName',
    message,
    fix: `Name a GatewayClass whose spec.controllerName is ${CONTROLLER_NAME}.`,
  };
  return { key: `Gateway/${gateway.key}`, diagnostics: [diagnostic] };
}
