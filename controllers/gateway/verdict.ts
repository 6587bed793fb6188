import type { Gateway } from '../../lib/api/gateway.ts';
import type { Collection, Fetch, Keyed } from '../../lib/graph/types.ts';
import { describe, type Diagnostic, type ObjectRef } from '../../lib/model/mod.ts';
import type { GatewayVerdict, ListenerSetVerdict } from '../flow.ts';
import type { Settings } from '../settings.ts';
import { allowsInsecureClients } from './client-validation.ts';
import { conditionOf, type Standing } from './conditions.ts';
import type { GatewayFrame } from './frame.ts';
import { isAccepted, isResolved } from './listener-verdict.ts';
import type { SourceListener, SourceResult } from './source-result.ts';

/** `Accepted` of a Gateway. `key` is its `namespace/name`. */
export interface GatewayStanding extends Keyed {
  readonly gateway: ObjectRef;
  readonly accepted: Standing;
}

export function gatewayStanding(
  { key, gateway, admission: { refusals } }: GatewayFrame,
  fetch: Fetch,
  results: Collection<SourceResult>,
): GatewayStanding | undefined {
  const own = fetch.one(results, `Gateway/${key}`);
  if (own === undefined) return undefined;
  const [first] = refusals;
  const accepted = first === undefined
    ? standingOf(own.listeners, isAccepted)
    : { holds: false, reason: first.code, message: refusals.map(said).join(' ') };
  return { key, gateway, accepted };
}

/** The conditions of a ListenerSet, as far as configuration decides them. */
export function listenerSetVerdict(
  { gateway, allowed, source, listeners }: SourceResult,
  fetch: Fetch,
  standings: Collection<GatewayStanding>,
): ListenerSetVerdict | undefined {
  const parent = fetch.one(standings, gateway);
  if (parent === undefined || source.object.kind !== 'ListenerSet') return undefined;
  const standing = allowed ? setAccepted(listeners, parent) : notAllowed(parent.gateway);
  return {
    key: `${source.object.namespace}/${source.object.name}`,
    gateway,
    generation: source.generation,
    conditions: [conditionOf('Accepted', standing, { observedGeneration: source.generation })],
    listeners: listeners.map(({ verdict }) => verdict),
  };
}

export interface VerdictContext {
  readonly frame: GatewayFrame;
  readonly own: SourceResult;
  readonly accepted: Standing;
  /** In order of precedence, those that are not let in last. */
  readonly listenerSets: readonly ListenerSetVerdict[];
  readonly settings: Settings;
}

/** The conditions of a Gateway and its ListenerSets, as far as configuration decides them. */
export function verdictOf(
  gateway: Gateway,
  { frame, own, accepted, listenerSets, settings }: VerdictContext,
): GatewayVerdict {
  const { place: { address, requested, unusable } } = frame.admission;
  const [{ routability } = { routability: '' }] = requested;
  const { source: { generation } } = own;
  const observed = { observedGeneration: generation };
  const conditions = [
    conditionOf('Accepted', accepted, observed),
    conditionOf('ResolvedRefs', gatewayResolved(own, frame.client.problems), observed),
  ];
  if (allowsInsecureClients(gateway)) {
    const message =
      'Clients without a valid certificate are let in: spec.tls.frontend has mode AllowInsecureFallback.';
    const insecure: Standing = { holds: true, reason: 'ConfigurationChanged', message };
    conditions.push(conditionOf('InsecureFrontendValidationMode', insecure, observed));
  }
  const standalone = settings.mode === 'standalone';
  return {
    generation,
    conditions,
    addresses: standalone && address !== undefined
      ? [{ type: 'IPAddress', value: address, routability }]
      : [],
    requestedAddresses: standalone ? [] : requested,
    unusableAddresses: unusable.map((each) => ({ reason: each.code, message: said(each) })),
    listeners: own.listeners.map(({ verdict }) => verdict),
    listenerSets,
    attachedListenerSets: listenerSets.filter((set) => set.conditions[0]?.status === 'True').length,
  };
}

/** Standing of a ListenerSet that `spec.allowedListeners` of the Gateway does not let in. */
export function notAllowed(gateway: ObjectRef): Standing {
  const message = `${
    describe(gateway)
  } does not allow ListenerSets of this namespace (spec.allowedListeners).`;
  return { holds: false, reason: 'NotAllowed', message };
}

/** A ListenerSet is accepted with at least one listener that can be served. */
function setAccepted(
  listeners: readonly SourceListener[],
  { gateway, accepted }: GatewayStanding,
): Standing {
  if (accepted.holds) return standingOf(listeners, ({ servable }) => servable);
  return { holds: false, reason: 'ParentNotAccepted', message: `${describe(gateway)} is not accepted.` };
}

/** `ResolvedRefs` of a Gateway: its own references, then a summary of its listeners' (experimental in v1.7.0). */
function gatewayResolved({ listeners }: SourceResult, unresolved: readonly Diagnostic[]): Standing {
  const [first] = unresolved;
  if (first !== undefined) {
    return { holds: false, reason: first.code, message: unresolved.map(said).join(' ') };
  }
  const names = listeners.filter(({ judged }) => !isResolved(judged)).map(({ verdict: { name } }) => name);
  if (names.length === 0) {
    return { holds: true, reason: 'ResolvedRefs', message: 'All references are resolved.' };
  }
  const message = `Listeners with references that are not resolved: ${names.join(', ')}.`;
  return { holds: false, reason: 'ListenersNotResolved', message };
}

function standingOf(
  listeners: readonly SourceListener[],
  isValid: (listener: SourceListener['judged']) => boolean,
): Standing {
  const { valid = [], invalid = [] } = Object.groupBy(
    listeners,
    ({ judged }) => isValid(judged) ? 'valid' : 'invalid',
  );
  if (invalid.length === 0) {
    return { holds: true, reason: 'Accepted', message: 'All listeners are accepted.' };
  }
  const names = (list: readonly SourceListener[]): string =>
    list.map(({ verdict }) => verdict.name).join(', ');
  const accepted = valid.length === 0 ? '' : ` Accepted: ${names(valid)}.`;
  const message = `Listeners that are not valid: ${names(invalid)}.${accepted}`;
  return { holds: valid.length > 0, reason: 'ListenersNotValid', message };
}

function said({ field, message }: Diagnostic): string {
  return `${field}: ${message}`;
}
