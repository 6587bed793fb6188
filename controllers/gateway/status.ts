import type { Condition } from '../../lib/api/condition.ts';
import type { ListenerStatus } from '../../lib/api/listener.ts';
import type { Collection, Fetch, Index, Keyed } from '../../lib/graph/types.ts';
import type { Listener } from '../../lib/model/mod.ts';
import type {
  Delivered,
  GatewayResult,
  GatewayVerdict,
  InfraFault,
  ListenerSetVerdict,
  ListenerVerdict,
  RouteAttachment,
  StatusResult,
} from '../flow.ts';
import {
  addressesAssigned,
  addressProblem,
  type AddressReads,
  type Assignment,
  assignmentOf,
  shownAddresses,
} from './addresses.ts';
import { conditionOf, type Standing } from './conditions.ts';
import { GATEWAY_API_GROUP } from './listeners.ts';

/** A model Listener as it is sent to proxies. `key` is `Listener|namespace/gateway/port`. */
export interface SentListener extends Keyed {
  readonly version: string;
  /** Envoy's words, if it refused what the listener should be. */
  readonly refusal?: string;
  /** The filter chains that are sent, by name. */
  readonly parts?: readonly { readonly source: string }[];
}

export interface GatewayStatusReads extends AddressReads {
  /** Routes whose `Accepted` is true, by the listeners that they are attached to, see `attachmentBuckets`. */
  readonly attachments: Index<RouteAttachment>;
  /** The model's Listeners, by their keys. */
  readonly ports: Collection<Listener>;
  readonly sent: Collection<SentListener>;
  readonly delivered: Collection<Delivered>;
  readonly infraFaults: Collection<InfraFault>;
}

/** Index buckets of a route for `attachedRoutes`: keys of the listeners that it is attached to. */
export function attachmentBuckets({ parents }: RouteAttachment): readonly string[] {
  const listeners = parents.filter(({ accepted }) => accepted).flatMap((parent) => parent.listeners);
  return [...new Set(listeners.map(({ listener }) => listener))];
}

/** `status` of a Gateway: its verdict with what routes, proxies and the platform say. */
export function gatewayStatus(result: GatewayResult, fetch: Fetch, reads: GatewayStatusReads): StatusResult {
  const { status: verdict, key } = result;
  const [namespace = '', name = ''] = key.split('/');
  const assignment = assignmentOf(result, fetch, reads);
  const fault = fetch.one(reads.infraFaults, `Gateway/${key}`);
  const programmed = gatewayProgrammed(result, {
    states: statesOf(verdict.listeners, fetch, reads),
    assignment,
    fault,
  });
  const assigned = isRefused(verdict) ? undefined : addressesAssigned(verdict, assignment);
  const observed = { observedGeneration: verdict.generation };
  const [accepted, ...others] = verdict.conditions;
  const conditions = [
    ...(accepted === undefined ? [] : [accepted]),
    conditionOf('Programmed', programmed, observed),
    ...others,
    ...(assigned === undefined ? [] : [conditionOf('AddressesAssigned', assigned, observed)]),
  ];
  const addresses = shownAddresses(assignment.addresses, fetch, reads);
  const listeners = verdict.listeners.map((listener) =>
    listenerStatus(listener, fetch, { ...reads, observed })
  );
  return {
    key: `Gateway/${key}`,
    object: { group: GATEWAY_API_GROUP, kind: 'Gateway', namespace, name },
    generation: verdict.generation,
    status: { addresses, conditions, listeners, attachedListenerSets: verdict.attachedListenerSets },
  };
}

/** `Programmed` of a Gateway. `key` is its `namespace/name`. */
export interface GatewayProgrammed extends Keyed {
  readonly standing: Standing;
}

export function programmedGateway(
  result: GatewayResult,
  fetch: Fetch,
  reads: GatewayStatusReads,
): GatewayProgrammed {
  const standing = gatewayProgrammed(result, {
    states: statesOf(result.status.listeners, fetch, reads),
    assignment: assignmentOf(result, fetch, reads),
    fault: fetch.one(reads.infraFaults, `Gateway/${result.key}`),
  });
  return { key: result.key, standing };
}

/** `status` of a ListenerSet that names a Gateway of ours as its parent. */
export function listenerSetStatus(
  { key, gateway, generation, conditions, listeners }: ListenerSetVerdict,
  fetch: Fetch,
  reads: GatewayStatusReads & { readonly programmed: Collection<GatewayProgrammed> },
): StatusResult | undefined {
  const parent = fetch.one(reads.programmed, gateway)?.standing;
  if (parent === undefined) return undefined;
  const [namespace = '', name = ''] = key.split('/');
  const observed = { observedGeneration: generation };
  const states = statesOf(listeners, fetch, reads);
  return {
    key: `ListenerSet/${key}`,
    object: { group: GATEWAY_API_GROUP, kind: 'ListenerSet', namespace, name },
    generation,
    status: {
      conditions: [
        ...conditions,
        conditionOf('Programmed', listenerSetProgrammed(conditions, { states, parent }), observed),
      ],
      listeners: listeners.map((listener) => listenerStatus(listener, fetch, { ...reads, observed })),
    },
  };
}

const programmedByAll: Standing = {
  holds: true,
  reason: 'Programmed',
  message: 'Proxies run the configuration.',
};

/** Standings of `Programmed` of those listeners that are to be programmed. */
function statesOf(
  listeners: readonly ListenerVerdict[],
  fetch: Fetch,
  reads: GatewayStatusReads,
): readonly Standing[] {
  return listeners.flatMap((listener) => stateOf(listener, fetch, reads) ?? []);
}

function stateOf(
  { projection, listener }: ListenerVerdict,
  fetch: Fetch,
  reads: GatewayStatusReads,
): Standing | undefined {
  const port = listener === undefined ? undefined : fetch.one(reads.ports, listener);
  if (port === undefined) return undefined;
  const sent = fetch.one(reads.sent, `Listener|${port.key}`);
  // A chain that was refused is left out, and the others of the port are served without it. A listener has one of its own
  // unless it is HTTP or UDP.
  const isSent = sent?.refusal === undefined ||
    sent.parts?.some(({ source }) => source === projection || source === port.key) === true;
  if (!isSent) {
    const message = `Proxies refuse the configuration of port ${port.port}: ${sent.refusal}`;
    return { holds: false, reason: 'Invalid', message };
  }
  const delivered = fetch.one(reads.delivered, `${port.fleet}|Listener|${port.key}`);
  if (sent !== undefined && sent.version === delivered?.version) return programmedByAll;
  const message = `Waiting for proxies to take the configuration of port ${port.port}.`;
  return { holds: false, reason: 'Pending', message };
}

function gatewayProgrammed(
  { status: verdict }: GatewayResult,
  { states, assignment, fault }: {
    readonly states: readonly Standing[];
    readonly assignment: Assignment;
    readonly fault: InfraFault | undefined;
  },
): Standing {
  if (isRefused(verdict)) {
    return { holds: false, reason: 'Invalid', message: 'The Gateway is not accepted.' };
  }
  if (fault !== undefined) return { holds: false, reason: fault.reason, message: fault.message };
  const address = addressProblem(verdict, assignment);
  if (address !== undefined) return address;
  return summaryOf(states) ?? { holds: false, reason: 'Invalid', message: 'No listener can be programmed.' };
}

function isRefused({ conditions }: GatewayVerdict): boolean {
  return conditions.some(({ type, status }) => type === 'Accepted' && status === 'False');
}

/** As for `Accepted`, one good listener is enough: the others say themselves what is wrong with them. */
function summaryOf(states: readonly Standing[]): Standing | undefined {
  return states.find(({ reason }) => reason === 'Pending') ?? states.find(({ holds }) => holds) ?? states[0];
}

function listenerSetProgrammed(
  conditions: readonly Condition[],
  { states, parent }: {
    readonly states: readonly Standing[];
    readonly parent: Standing;
  },
): Standing {
  const refused = conditions.find(({ type, status }) => type === 'Accepted' && status === 'False');
  if (refused?.reason === 'ParentNotAccepted') {
    return { holds: false, reason: 'ParentNotProgrammed', message: refused.message };
  }
  if (refused !== undefined) return { holds: false, reason: refused.reason, message: refused.message };
  const summary = summaryOf(states);
  const address = parent.reason === 'AddressNotUsable' || parent.reason === 'AddressNotAssigned';
  if (summary !== undefined && !address) return summary;
  return { holds: false, reason: 'ParentNotProgrammed', message: parent.message };
}

function listenerStatus(
  verdict: ListenerVerdict,
  fetch: Fetch,
  reads: GatewayStatusReads & { readonly observed: { readonly observedGeneration: number } },
): ListenerStatus {
  const { name, projection, supportedKinds, conditions } = verdict;
  const programmed = stateOf(verdict, fetch, reads) ?? unserved(conditions);
  return {
    name,
    supportedKinds,
    attachedRoutes: fetch.by(reads.attachments, projection).length,
    conditions: [...conditions, conditionOf('Programmed', programmed, reads.observed)],
  };
}

/** Why no proxy serves a listener; a conflict is the same reason in all its conditions (GEP-1713). */
function unserved(conditions: readonly Condition[]): Standing {
  const conflict = conditions.find(({ type, status }) => type === 'Conflicted' && status === 'True');
  if (conflict !== undefined) return { holds: false, reason: conflict.reason, message: conflict.message };
  const failed = conditions.find(({ type, status }) => type !== 'Conflicted' && status === 'False');
  return { holds: false, reason: 'Invalid', message: failed?.message ?? 'The Gateway is not served.' };
}
