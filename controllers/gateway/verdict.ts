import type { Gateway } from '../../lib/api/gateway.ts';
import { describe, type Diagnostic, type ObjectRef } from '../../lib/model/mod.ts';
import type { GatewayVerdict } from '../flow.ts';
import type { Settings } from '../settings.ts';
import type { Place } from './place.ts';
import { allowsInsecureClients } from './client-validation.ts';
import { conditionOf, type Standing } from './conditions.ts';
import { isAccepted, isResolved, listenerVerdicts, type VerdictContext } from './listener-verdict.ts';
import type { ListenerSource } from './listeners.ts';

export interface GatewayContext extends VerdictContext {
  readonly own: ListenerSource;
  /** ListenerSets in order of precedence. */
  readonly allowed: readonly ListenerSource[];
  readonly refused: readonly ListenerSource[];
  readonly place: Place;
  readonly settings: Settings;
  /** What keeps the Gateway as a whole from being accepted. */
  readonly refusals: readonly Diagnostic[];
  /** References of the Gateway itself that do not resolve. */
  readonly unresolved: readonly Diagnostic[];
}

/** The conditions of a Gateway and its ListenerSets, as far as configuration decides them. */
export function verdictOf(gateway: Gateway, context: GatewayContext): GatewayVerdict {
  const { own, place: { address, requested, unusable }, settings } = context;
  const [{ routability } = { routability: '' }] = requested;
  const observed = { observedGeneration: own.generation };
  const accepted = gatewayAccepted(context);
  const conditions = [
    conditionOf('Accepted', accepted, observed),
    conditionOf('ResolvedRefs', gatewayResolved(context), observed),
  ];
  if (allowsInsecureClients(gateway)) {
    const message =
      'Clients without a valid certificate are let in: spec.tls.frontend has mode AllowInsecureFallback.';
    const insecure: Standing = { holds: true, reason: 'ConfigurationChanged', message };
    conditions.push(conditionOf('InsecureFrontendValidationMode', insecure, observed));
  }
  const sets = context.allowed.map((set) => ({ set, standing: setAccepted(set, accepted, context) }));
  const standalone = settings.mode === 'standalone';
  return {
    generation: own.generation,
    conditions,
    addresses: standalone && address !== undefined
      ? [{ type: 'IPAddress', value: address, routability }]
      : [],
    requestedAddresses: standalone ? [] : requested,
    unusableAddresses: unusable.map((each) => ({ reason: each.code, message: said(each) })),
    listeners: listenerVerdicts(own, context),
    listenerSets: [
      ...sets.map(({ set, standing }) => setVerdict(set, standing, context)),
      ...context.refused.map((set) => setVerdict(set, notAllowed(own.object), context)),
    ],
    attachedListenerSets: sets.filter(({ standing }) => standing.holds).length,
  };
}

/** Standing of a ListenerSet that `spec.allowedListeners` of the Gateway does not let in. */
export function notAllowed(gateway: ObjectRef): Standing {
  const message = `${
    describe(gateway)
  } does not allow ListenerSets of this namespace (spec.allowedListeners).`;
  return { holds: false, reason: 'NotAllowed', message };
}

function gatewayAccepted({ own, refusals, judged }: GatewayContext): Standing {
  const [first] = refusals;
  if (first !== undefined) return { holds: false, reason: first.code, message: refusals.map(said).join(' ') };
  return standingOf(own, (key) => {
    const listener = judged.get(key);
    return listener !== undefined && isAccepted(listener);
  });
}

/** A ListenerSet is accepted with at least one listener that can be served. */
function setAccepted(set: ListenerSource, parent: Standing, { own, judged }: GatewayContext): Standing {
  if (parent.holds) return standingOf(set, (key) => judged.get(key)?.servable === true);
  return { holds: false, reason: 'ParentNotAccepted', message: `${describe(own.object)} is not accepted.` };
}

/** `ResolvedRefs` of a Gateway: its own references, then a summary of its listeners' (experimental in v1.7.0). */
function gatewayResolved({ own, unresolved, judged }: GatewayContext): Standing {
  const [first] = unresolved;
  if (first !== undefined) {
    return { holds: false, reason: first.code, message: unresolved.map(said).join(' ') };
  }
  const names = own.listeners.filter(({ key }) => {
    const listener = judged.get(key);
    return listener !== undefined && !isResolved(listener);
  }).map(({ spec }) => spec.name);
  if (names.length === 0) {
    return { holds: true, reason: 'ResolvedRefs', message: 'All references are resolved.' };
  }
  const message = `Listeners with references that are not resolved: ${names.join(', ')}.`;
  return { holds: false, reason: 'ListenersNotResolved', message };
}

function setVerdict(
  set: ListenerSource,
  standing: Standing,
  context: GatewayContext,
): GatewayVerdict['listenerSets'][number] {
  return {
    key: `${set.object.namespace}/${set.object.name}`,
    generation: set.generation,
    conditions: [conditionOf('Accepted', standing, { observedGeneration: set.generation })],
    listeners: listenerVerdicts(set, context),
  };
}

function standingOf({ listeners }: ListenerSource, isValid: (key: string) => boolean): Standing {
  const { valid = [], invalid = [] } = Object.groupBy(
    listeners,
    ({ key }) => isValid(key) ? 'valid' : 'invalid',
  );
  if (invalid.length === 0) {
    return { holds: true, reason: 'Accepted', message: 'All listeners are accepted.' };
  }
  const names = (list: ListenerSource['listeners']): string => list.map(({ spec }) => spec.name).join(', ');
  const accepted = valid.length === 0 ? '' : ` Accepted: ${names(valid)}.`;
  const message = `Listeners that are not valid: ${names(invalid)}.${accepted}`;
  return { holds: valid.length > 0, reason: 'ListenersNotValid', message };
}

function said({ field, message }: Diagnostic): string {
  return `${field}: ${message}`;
}
