import type { Condition } from '../../lib/api/condition.ts';
import type { ListenerStatus } from '../../lib/api/listener.ts';
import type { Collection, Fetch, Index, Keyed } from '../../lib/graph/types.ts';
import type {
  Delivered,
  GatewayResult,
  GatewayVerdict,
  InfraFault,
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
  const chains = chainStates(result, fetch, reads);
  const assignment = assignmentOf(result, fetch, reads);
  const fault = fetch.one(reads.infraFaults, key);
  const programmed = gatewayProgrammed(result, { chains, assignment, fault });
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
    listenerStatus(listener, { chains, fetch, ...reads, observed })
  );
  return {
    key: `Gateway/${key}`,
    object: { group: GATEWAY_API_GROUP, kind: 'Gateway', namespace, name },
    generation: verdict.generation,
    status: { addresses, conditions, listeners, attachedListenerSets: verdict.attachedListenerSets },
  };
}

/** `status` of each ListenerSet that names the Gateway as its parent. */
export function listenerSetStatuses(
  result: GatewayResult,
  fetch: Fetch,
  reads: GatewayStatusReads,
): readonly StatusResult[] {
  const chains = chainStates(result, fetch, reads);
  const parent = gatewayProgrammed(result, {
    chains,
    assignment: assignmentOf(result, fetch, reads),
    fault: fetch.one(reads.infraFaults, result.key),
  });
  return result.status.listenerSets.map(({ key, generation, conditions, listeners }) => {
    const [namespace = '', name = ''] = key.split('/');
    const observed = { observedGeneration: generation };
    const programmed = listenerSetProgrammed(conditions, { listeners, chains, parent });
    return {
      key: `ListenerSet/${key}`,
      object: { group: GATEWAY_API_GROUP, kind: 'ListenerSet', namespace, name },
      generation,
      status: {
        conditions: [...conditions, conditionOf('Programmed', programmed, observed)],
        listeners: listeners.map((listener) =>
          listenerStatus(listener, { chains, fetch, ...reads, observed })
        ),
      },
    };
  });
}

/** Standing of `Programmed` by name of the filter chain, for all chains of a Gateway. */
type ChainStates = ReadonlyMap<string, Standing>;

const programmedByAll: Standing = {
  holds: true,
  reason: 'Programmed',
  message: 'Proxies run the configuration.',
};

function chainStates({ listeners }: GatewayResult, fetch: Fetch, reads: GatewayStatusReads): ChainStates {
  const states = new Map<string, Standing>();
  for (const { key, fleet, port, chains, udp, quic } of listeners) {
    // Who cannot have HTTP/3 has HTTP/2: that is no condition, but a diagnostic.
    if (quic === true) continue;
    const sent = fetch.one(reads.sent, `Listener|${key}`);
    const delivered = fetch.one(reads.delivered, `${fleet}|Listener|${key}`);
    const isServed = sent !== undefined && sent.version === delivered?.version;
    const served = isServed ? programmedByAll : {
      holds: false,
      reason: 'Pending',
      message: `Waiting for proxies to take the configuration of port ${port}.`,
    };
    for (const name of udp === undefined ? chains.map((chain) => chain.name) : [key]) {
      // A chain that was refused is left out, and the others of the port are served without it.
      const refused = sent?.refusal !== undefined && !sent.parts?.some(({ source }) => source === name);
      const message = `Proxies refuse the configuration of port ${port}: ${sent?.refusal}`;
      states.set(name, refused ? { holds: false, reason: 'Invalid', message } : served);
    }
  }
  return states;
}

/** A listener has a chain of its own unless it is HTTP or UDP; then the port, by its key, says what holds. */
function stateOf({ projection, listener }: ListenerVerdict, chains: ChainStates): Standing | undefined {
  return listener === undefined ? undefined : chains.get(projection) ?? chains.get(listener);
}

function gatewayProgrammed(
  { status: verdict }: GatewayResult,
  { chains, assignment, fault }: {
    readonly chains: ChainStates;
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
  return summaryOf(verdict.listeners, chains) ??
    { holds: false, reason: 'Invalid', message: 'No listener can be programmed.' };
}

function isRefused({ conditions }: GatewayVerdict): boolean {
  return conditions.some(({ type, status }) => type === 'Accepted' && status === 'False');
}

/** As for `Accepted`, one good listener is enough: the others say themselves what is wrong with them. */
function summaryOf(listeners: readonly ListenerVerdict[], chains: ChainStates): Standing | undefined {
  const states = listeners.map((listener) => stateOf(listener, chains)).filter((state) =>
    state !== undefined
  );
  return states.find(({ reason }) => reason === 'Pending') ?? states.find(({ holds }) => holds) ?? states[0];
}

function listenerSetProgrammed(
  conditions: readonly Condition[],
  { listeners, chains, parent }: {
    readonly listeners: readonly ListenerVerdict[];
    readonly chains: ChainStates;
    readonly parent: Standing;
  },
): Standing {
  const refused = conditions.find(({ type, status }) => type === 'Accepted' && status === 'False');
  if (refused?.reason === 'ParentNotAccepted') {
    return { holds: false, reason: 'ParentNotProgrammed', message: refused.message };
  }
  if (refused !== undefined) return { holds: false, reason: refused.reason, message: refused.message };
  const summary = summaryOf(listeners, chains);
  const address = parent.reason === 'AddressNotUsable' || parent.reason === 'AddressNotAssigned';
  if (summary !== undefined && !address) return summary;
  return { holds: false, reason: 'ParentNotProgrammed', message: parent.message };
}

function listenerStatus(
  verdict: ListenerVerdict,
  { chains, fetch, attachments, observed }: Pick<GatewayStatusReads, 'attachments'> & {
    readonly chains: ChainStates;
    readonly fetch: Fetch;
    readonly observed: { readonly observedGeneration: number };
  },
): ListenerStatus {
  const { name, projection, supportedKinds, conditions } = verdict;
  const programmed = stateOf(verdict, chains) ?? unserved(conditions);
  return {
    name,
    supportedKinds,
    attachedRoutes: fetch.by(attachments, projection).length,
    conditions: [...conditions, conditionOf('Programmed', programmed, observed)],
  };
}

/** Why no proxy serves a listener; a conflict is the same reason in all its conditions (GEP-1713). */
function unserved(conditions: readonly Condition[]): Standing {
  const conflict = conditions.find(({ type, status }) => type === 'Conflicted' && status === 'True');
  if (conflict !== undefined) return { holds: false, reason: conflict.reason, message: conflict.message };
  const failed = conditions.find(({ type, status }) => type !== 'Conflicted' && status === 'False');
  return { holds: false, reason: 'Invalid', message: failed?.message ?? 'The Gateway is not served.' };
}
