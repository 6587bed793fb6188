/**
 * Gateways with their ListenerSets: what is computed from what. Each listener is judged by itself, with what those of its port
 * have to do with it, so that an edit of one of thousands costs what it touches.
 */

import type { Gateway } from '../../lib/api/gateway.ts';
import type { ListenerSet } from '../../lib/api/listener-set.ts';
import type { Namespace } from '../../lib/api/namespace.ts';
import type { Collection, Graph, Index } from '../../lib/graph/types.ts';
import type { Listener, RouteConfig } from '../../lib/model/mod.ts';
import type { GatewayResult, ListenerFilters, ListenerProjection, ListenerSetVerdict } from '../flow.ts';
import { bindBuckets, bindOfClaim, type GatewayBind, gatewayBind, placeClaims } from './binds.ts';
import { httpsShare, portResult } from './chains.ts';
import { portValidation } from './client-validation.ts';
import { conflicts, overlappingTls } from './conflicts.ts';
import { type FrameReads, gatewayFrame } from './frame.ts';
import { judgeListener, type JudgeReads, validatedPort } from './judge.ts';
import { sourceResult } from './source-result.ts';
import { attachedListeners, ownSource, portOf, setSource } from './sources.ts';
import { ofGateway, translateGateway } from './translate.ts';
import { gatewayStanding, listenerSetVerdict } from './verdict.ts';

export interface GatewayInputs {
  readonly gateways: Collection<Gateway>;
  readonly listenerSets: Collection<ListenerSet>;
  readonly namespaces: Collection<Namespace>;
}

export type GatewayFlowReads =
  & FrameReads
  & Omit<JudgeReads, 'frames' | 'conflicts' | 'binds' | 'validations'>;

export interface GatewayFlow {
  readonly gateways: Collection<GatewayResult>;
  readonly listenerSets: Collection<ListenerSetVerdict>;
  readonly listeners: Collection<ListenerProjection>;
  readonly listenerFilters: Collection<ListenerFilters>;
  /** What proxies bind, by `bindBuckets`. */
  readonly binds: Index<GatewayBind>;
  readonly ports: Collection<Listener>;
  readonly routeConfigs: Collection<RouteConfig>;
}

export function declareGatewayFlow(
  graph: Pick<Graph, 'map' | 'flatMap' | 'merge' | 'index'>,
  { gateways: declaredGateways, listenerSets: sets, namespaces }: GatewayInputs,
  reads: GatewayFlowReads,
): GatewayFlow {
  const { settings } = reads;
  const frames = graph.map(
    'gatewayFrames',
    declaredGateways,
    (gateway, fetch) => gatewayFrame(gateway, fetch, reads),
  );
  const sources = graph.merge('listenerSources', [
    graph.map('ownSources', declaredGateways, (gateway, fetch) => ownSource(gateway, fetch, { frames })),
    graph.map('setSources', sets, (set, fetch) => setSource(set, fetch, { frames, namespaces })),
  ]);
  const attached = graph.flatMap('attachedListeners', sources, attachedListeners);
  const listenersByPort = graph.index('listenersByPort', attached, portOf);
  const conflicting = graph.flatMap('conflicts', listenersByPort, ({ members }) => conflicts(members));
  const claims = graph.index(
    'claimsByBind',
    graph.flatMap(
      'placeClaims',
      attached,
      (listener, fetch) => placeClaims(listener, fetch, { settings, frames, conflicts: conflicting }),
    ),
    bindOfClaim,
  );
  const binds = graph.index('bindsByPlace', graph.map('binds', claims, gatewayBind), bindBuckets);
  const validations = graph.map(
    'portValidations',
    graph.index('listenersByValidation', attached, validatedPort),
    ({ members: [some] }, fetch) => {
      const gateway = some && fetch.one(declaredGateways, some.gateway);
      return gateway && portValidation(gateway, fetch, { ...reads, port: some.declared.spec.port });
    },
  );
  const judged = graph.map(
    'judgedListeners',
    attached,
    (listener, fetch) =>
      judgeListener(listener, fetch, { ...reads, frames, conflicts: conflicting, binds, validations }),
  );

  // What listeners of a port have to do with each other, once it is known which can be had.
  const judgedByPort = graph.index('judgedByPort', judged, portOf);
  const portReads = { settings, frames, binds, listenersByPort };
  const portResults = graph.map(
    'portResults',
    judgedByPort,
    (bucket, fetch) => portResult(bucket, fetch, portReads),
  );
  const overlaps = graph.flatMap(
    'overlaps',
    judgedByPort,
    ({ members }) =>
      overlappingTls(members.filter((each) => each.judged.attachable).map(({ declared }) => declared)),
  );
  const shares = graph.map('httpsShares', judgedByPort, httpsShare);

  const results = graph.map(
    'sourceResults',
    sources,
    (source, fetch) => sourceResult(source, fetch, { settings, frames, judged, shares, overlaps }),
  );
  const standings = graph.map(
    'gatewayStandings',
    frames,
    (frame, fetch) => gatewayStanding(frame, fetch, results),
  );
  const listenerSets = graph.map(
    'listenerSetVerdicts',
    results,
    (result, fetch) => listenerSetVerdict(result, fetch, standings),
  );
  const gatewayReads = {
    settings,
    frames,
    standings,
    results: graph.index('resultsByGateway', results, ofGateway),
    listenerSets: graph.index('listenerSetsByGateway', listenerSets, ofGateway),
    ports: graph.index('portsByGateway', portResults, ofGateway),
  };
  return {
    gateways: graph.map(
      'gateways',
      declaredGateways,
      (gateway, fetch) => translateGateway(gateway, fetch, gatewayReads),
    ),
    listenerSets,
    listeners: graph.flatMap('listeners', results, ({ projections }) => projections),
    listenerFilters: graph.flatMap(
      'listenerFilters',
      results,
      (result) => result.listeners.flatMap(({ judged: { filters } }) => filters ?? []),
    ),
    binds,
    ports: graph.flatMap('gatewayPortsAlone', portResults, (port) => port.listeners),
    routeConfigs: graph.flatMap('gatewayRouteConfigs', portResults, (port) => port.routeConfigs),
  };
}
