import type { AmbassadorModule, Probe } from '../../lib/api/legacy/mod.ts';
import type { Fetch, Keyed } from '../../lib/graph/types.ts';
import type { Cluster, Diagnostic, Route, RouteSet } from '../../lib/model/mod.ts';
import type { SecretUse } from '../flow.ts';
import type { GroupPlace } from './flow.ts';
import { rankedBy } from './precedence.ts';
import { ambassadorModule, LEGACY_GROUP, refOf } from './settings.ts';
import { homeOf, upstreamOf, type UpstreamReads } from './upstream.ts';

/** A path on every host that load balancers and the like ask. `key` is that of its RouteSet. */
export interface ProbeResult extends Keyed {
  readonly place: GroupPlace;
  readonly set: RouteSet;
  readonly clusters: readonly Cluster[];
  readonly secrets: readonly SecretUse[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What the installation answers where the Module names no service. It has no diagnostics to show: the status API does. */
const ANSWERS = { diagnostics: undefined, liveness_probe: 'alive\n', readiness_probe: 'ready\n' } as const;

/** Before all Mappings, whatever their precedence, redirected and rejected never. */
const TIER = 3;

const TIMEOUT = 10_000;

/** The probes of the ambassador Module, or the usual ones without it. */
export function probesOf(_: Keyed, fetch: Fetch, reads: UpstreamReads): readonly ProbeResult[] {
  const module = fetch.one(reads.modules, 'ambassador')?.module;
  const config: AmbassadorModule = ambassadorModule(fetch, reads.modules);
  const probes = {
    diagnostics: config.diagnostics,
    liveness_probe: config.livenessProbe,
    readiness_probe: config.readinessProbe,
  };
  const object = module === undefined
    ? { group: LEGACY_GROUP, kind: 'Module', namespace: '', name: 'ambassador' }
    : refOf(module);
  return Object.entries(probes).flatMap(([name, probe]): ProbeResult[] => {
    if (!probe.enabled) return [];
    const answer = ANSWERS[name as keyof typeof ANSWERS];
    if (probe.service === undefined && answer === undefined) return [];
    const key = `Mapping/-/${name}`;
    const upstream = probe.service === undefined ? undefined : upstreamOf(
      {
        metadata: homeOf({ namespace: object.namespace, service: probe.service }, fetch, reads),
        spec: { service: probe.service },
      },
      fetch,
      { ...reads, module: config },
    );
    const problem = upstream?.problem;
    return [{
      key,
      place: { key, domain: '*', named: true, everyHost: true, labels: {}, acme: true },
      set: { key, origin: object, created: 0, routes: [routeOf(name, probe, upstream?.cluster, answer)] },
      clusters: upstream?.cluster === undefined ? [] : [upstream.cluster],
      secrets: upstream?.secrets ?? [],
      diagnostics: problem === undefined ? [] : [{
        object,
        severity: 'error',
        code: 'InvalidModule',
        field: `spec.config.${name}.service`,
        message: problem,
      }],
    }];
  });
}

function routeOf(
  name: string,
  { prefix, rewrite, service }: Probe,
  cluster: Cluster | undefined,
  answer: string | undefined,
): Route {
  return {
    name: `mapping/-/${name}`,
    match: { path: { type: 'string', value: prefix }, headers: [], queryParams: [] },
    rank: rankedBy([TIER, prefix.length]),
    // What a service shows is no less guarded than by a Mapping.
    ...(service === undefined ? { skipsAuth: true } : {}),
    action: service === undefined
      ? { type: 'respond', status: 200, ...(answer === undefined ? {} : { body: answer }) }
      : {
        type: 'forward',
        backends: [{ weight: 1, ...(cluster === undefined ? {} : { cluster: cluster.key }) }],
        pathRewrite: { type: 'string', value: rewrite },
        mirrors: [],
        timeout: TIMEOUT,
      },
  };
}
