import type { Gateway } from '../../lib/api/gateway.ts';
import type { Collection, Fetch, Index } from '../../lib/graph/types.ts';
import type { Diagnostic, ObjectRef } from '../../lib/model/mod.ts';
import type { GatewayResult, ListenerSetVerdict, SecretUse } from '../flow.ts';
import type { Settings } from '../settings.ts';
import type { PortResult } from './chains.ts';
import type { GatewayFrame } from './frame.ts';
import type { SourceListener, SourceResult } from './source-result.ts';
import { type GatewayStanding, notAllowed, verdictOf } from './verdict.ts';

export interface GatewayReads {
  readonly settings: Settings;
  readonly frames: Collection<GatewayFrame>;
  readonly standings: Collection<GatewayStanding>;
  /** These three by `ofGateway`. */
  readonly results: Index<SourceResult>;
  readonly listenerSets: Index<ListenerSetVerdict>;
  readonly ports: Index<PortResult>;
}

/** Index bucket of what is of one Gateway: its `namespace/name`. */
export function ofGateway({ gateway }: { readonly gateway: string }): readonly string[] {
  return [gateway];
}

/** Everything that a Gateway and its ListenerSets become, put together; undefined if its class is not ours. */
export function translateGateway(
  gateway: Gateway,
  fetch: Fetch,
  { settings, frames, standings, ...reads }: GatewayReads,
): GatewayResult | undefined {
  const { key } = gateway;
  const frame = fetch.one(frames, key);
  const accepted = fetch.one(standings, key)?.accepted;
  // As the index has them in order of names, and the Gateway's own before all.
  const results = fetch.by(reads.results, key).toSorted((a, b) =>
    a.created < b.created ? -1 : Number(a.created > b.created)
  );
  const [own] = results;
  if (frame === undefined || accepted === undefined || own === undefined) return undefined;
  const ports = fetch.by(reads.ports, key);
  const listeners = ports.flatMap((port) => port.listeners)
    .sort((a, b) => a.port - b.port || (a.key < b.key ? -1 : 1));
  const all = results.flatMap((result) => result.listeners);
  const refused = results.filter(({ allowed }) => !allowed);
  const inOrder = [...results.filter(({ allowed }) => allowed), ...refused];
  const verdicts = new Map(fetch.by(reads.listenerSets, key).map((verdict) => [verdict.key, verdict]));
  const { admission: { refusals, place }, client } = frame;
  return {
    key,
    projections: inOrder.flatMap(({ projections }) => projections),
    listeners,
    routeConfigs: ports.flatMap(({ routeConfigs }) => routeConfigs).sort((a, b) =>
      a.port - b.port || (a.key < b.key ? -1 : 1)
    ),
    filters: all.flatMap(({ judged: { filters } }) => filters ?? []),
    collectors: frame.collectors,
    secrets: secretsOf(all, [...(client.use === undefined ? [] : [client.use]), ...frame.secrets]),
    status: verdictOf(gateway, {
      frame,
      own,
      accepted,
      settings,
      listenerSets: inOrder.flatMap(({ source: { object } }) =>
        object.kind === 'ListenerSet' ? verdicts.get(`${object.namespace}/${object.name}`) ?? [] : []
      ),
    }),
    diagnostics: distinct([
      ...refusals,
      ...place.unusable,
      ...client.problems,
      ...client.notes,
      ...ports.flatMap(({ notes }) => notes),
      ...all.flatMap(({ judged: { findings, notes } }) =>
        findings.length + notes.length === 0 ? [] : findings.map(({ diagnostic }) => diagnostic).concat(notes)
      ),
      ...refused.map(({ source: { object } }) => refusedSet(object, frame.gateway)),
    ]),
  };
}

function secretsOf(all: readonly SourceListener[], own: readonly SecretUse[]): readonly SecretUse[] {
  const uses = new Map<string, SecretUse>();
  for (const { judged: { secrets }, verdict } of all) {
    if (verdict.listener !== undefined) { for (const use of secrets) uses.set(use.name, use); }
  }
  for (const use of own) uses.set(use.name, use);
  return [...uses.values()];
}

function refusedSet(object: ObjectRef, gateway: ObjectRef): Diagnostic {
  const { reason: code, message } = notAllowed(gateway);
  const fix = 'Allow the namespace in spec.allowedListeners of the Gateway.';
  return { object, severity: 'error', code, field: 'spec.parentRef', message, fix };
}

/** What holds for a port is found for each of its listeners, but told once. */
function distinct(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...new Map(diagnostics.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic])).values()];
}
