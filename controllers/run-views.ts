/** What the status API shows: projections of the graph, made only for the objects that are asked for. */

import type { Condition, GatewayStatus, KubeObject, RouteStatus } from '../lib/api/mod.ts';
import type { Collection, Keyed } from '../lib/graph/mod.ts';
import type {
  BackendView,
  ConditionView,
  DiagnosticView,
  GatewayView,
  ProxyView,
  RouteView,
} from '../lib/http/schemas.ts';
import type { Listing } from '../lib/http/sources.ts';
import { describeProblem, type FileProblem, formatSource } from '../lib/files/mod.ts';
import type { KindStatus, ObjectProblem } from '../lib/kube/mod.ts';
import type { Diagnostic, ObjectRef } from '../lib/model/mod.ts';
import type { XdsServer } from '../lib/xds/mod.ts';
import type { Dataflow } from './graph.ts';
import { inputOf, type ObjectInputs } from './inputs.ts';

/** `file:line:column` of an object's field, if it comes from a file. */
export type Locate = (kind: string, key: string, field?: string) => string | undefined;

export function gatewayViews(
  { gateways, objects, statuses }: Dataflow,
  locate: Locate,
): Listing<GatewayView> {
  return listing(gateways, ({ key }) => split(key), ({ key }) => {
    const gateway = objects.Gateway.get(key);
    if (gateway === undefined) return undefined;
    const status = statuses.get(`Gateway/${key}`)?.status as GatewayStatus | undefined;
    const { metadata, spec } = gateway;
    return {
      namespace: metadata.namespace ?? '',
      name: metadata.name,
      class: spec.gatewayClassName,
      addresses: (status?.addresses ?? []).map(({ type, value }) => ({ type: type ?? 'IPAddress', value })),
      listeners: (status?.listeners ?? []).map(({ name, attachedRoutes, conditions }) => {
        const declared = spec.listeners.find((listener) => listener.name === name);
        return {
          name,
          port: declared?.port,
          protocol: declared?.protocol,
          hostname: declared?.hostname,
          attachedRoutes,
          conditions: conditions.map(conditionView),
        };
      }),
      conditions: (status?.conditions ?? []).map(conditionView),
      source: locate('Gateway', key),
    };
  });
}

export function routeViews({ routes, objects, statuses }: Dataflow, locate: Locate): Listing<RouteView> {
  return listing(routes, ({ route }) => route, ({ key, route, sets }) => {
    const object = routeOf(objects, route);
    if (object === undefined) return undefined;
    const status = statuses.get(key)?.status as RouteStatus | undefined;
    const backends = new Set(sets.flatMap(({ clusters }) => clusters.map((cluster) => cluster.key)));
    return {
      kind: route.kind,
      namespace: route.namespace,
      name: route.name,
      hostnames: [...(object.spec.hostnames ?? [])],
      rules: object.spec.rules?.length ?? 0,
      backends: [...backends].sort(),
      parents: (status?.parents ?? []).map(({ parentRef, conditions }) => ({
        parent: [parentRef.namespace ?? route.namespace, parentRef.name, parentRef.sectionName]
          .filter((part) => part !== undefined).join('/'),
        conditions: conditions.map(conditionView),
      })),
      source: locate(route.kind, object.key),
    };
  });
}

/** What all kinds of routes have. */
interface AnyRoute extends KubeObject {
  readonly spec: {
    readonly hostnames?: readonly string[];
    readonly rules?: readonly unknown[];
  };
}

function routeOf(objects: ObjectInputs, { kind, namespace, name }: ObjectRef): AnyRoute | undefined {
  return inputOf(objects, kind)?.get(`${namespace}/${name}`) as AnyRoute | undefined;
}

export function backendViews({ clusters, endpoints }: Dataflow, locate: Locate): Listing<BackendView> {
  return listing(clusters, ({ backend }) => backend, ({ key, backend, protocol, tls }) => ({
    name: key,
    service: `${backend.namespace}/${backend.name}`,
    protocol,
    tls: tls !== undefined,
    endpoints: (endpoints.get(key)?.endpoints ?? []).map((endpoint) => ({ ...endpoint })),
    source: locate(backend.kind, `${backend.namespace}/${backend.name}`),
  }));
}

/** What is wrong with a file. */
export function fileProblemView(problem: FileProblem): DiagnosticView {
  const { object, file, severity, field } = problem;
  const message = describeProblem({ ...problem, field: '' });
  const named = object === undefined
    ? { kind: 'File', namespace: '', name: file }
    : objectNamed(object, file);
  return { ...named, severity, code: 'BadManifest', field, message, source: formatSource(problem) };
}

/** What is wrong with an object that cannot be decoded. */
export function objectProblemView(
  { object, severity, field, message, expected }: ObjectProblem,
): DiagnosticView {
  return {
    ...objectNamed(object, ''),
    severity,
    code: 'BadObject',
    field,
    message: expected === undefined ? message : `${message}; expected ${expected}`,
  };
}

/** Kinds whose objects are not known, or not any more, though they may be there. */
export function kindProblemViews(kinds: readonly KindStatus[]): readonly DiagnosticView[] {
  return kinds.flatMap(({ kind, problem }) =>
    problem === undefined ? [] : [{
      kind,
      namespace: '',
      name: '',
      severity: 'warning',
      code: problem.reason,
      field: '',
      message: problem.message,
    }]
  );
}

/** What is outside of the graph after what is in it: together what users should mend. */
export function withProblems(
  diagnostics: Listing<DiagnosticView>,
  problems: readonly DiagnosticView[],
): Listing<DiagnosticView> {
  const found = new Map(
    problems.map((each, index) => [`outside|${String(index).padStart(6, '0')}`, each]),
  );
  return {
    keys: [...diagnostics.keys, ...found.keys()],
    identify: (key) => found.get(key) ?? diagnostics.identify(key),
    view: (key) => found.get(key) ?? diagnostics.view(key),
  };
}

function objectNamed(object: string, otherwise: string): Pick<DiagnosticView, 'kind' | 'namespace' | 'name'> {
  const [kind = '', ...rest] = object.split('/');
  return { kind, namespace: rest.length > 1 ? rest[0] ?? '' : '', name: rest.at(-1) ?? otherwise };
}

/** One item a diagnostic; keys are `index|Kind/namespace/name`, in the order of the objects. */
export function diagnosticViews({ diagnostics }: Dataflow, locate: Locate): Listing<DiagnosticView> {
  const found = new Map<string, Diagnostic>(
    diagnostics.values().flatMap((set) =>
      set.diagnostics.map((each, index) => [`${String(index).padStart(4, '0')}|${set.key}`, each] as const)
    ),
  );
  return {
    keys: [...found.keys()].sort(),
    identify: (key) => found.get(key)?.object ?? NOBODY,
    view: (key) => {
      const diagnostic = found.get(key);
      if (diagnostic === undefined) return undefined;
      const { object: { kind, namespace, name }, severity, code, field, message, fix } = diagnostic;
      const at = namespace === '' ? name : `${namespace}/${name}`;
      // To find a field's place its document is parsed, so this is only for what is shown.
      const source = locate(kind, at, field);
      return { kind, namespace, name, severity, code, field, message, fix, source };
    },
  };
}

export function proxyViews(xds: XdsServer): Listing<ProxyView> {
  const streams = new Map(xds.streams().map((stream) => [String(stream.id).padStart(9, '0'), stream]));
  return {
    keys: [...streams.keys()].sort(),
    identify: (key) => ({ namespace: streams.get(key)?.fleet ?? '', name: streams.get(key)?.node ?? '' }),
    view: (key) => {
      const stream = streams.get(key);
      return stream === undefined ? undefined : {
        fleet: stream.fleet,
        node: stream.node,
        connectedSince: new Date(stream.since).toISOString(),
        types: stream.types.map(({ type, held, inFlight, nacks }) => ({
          type,
          resources: held,
          inFlight,
          nacks,
        })),
      };
    },
  };
}

interface Identity {
  readonly namespace: string;
  readonly name: string;
}

const NOBODY: Identity = { namespace: '', name: '' };

export function listing<S extends Keyed, T>(
  from: Collection<S>,
  identify: (value: S) => Identity,
  view: (value: S) => T | undefined,
): Listing<T> {
  return {
    keys: from.values().map(({ key }) => key),
    identify: (key) => {
      const value = from.get(key);
      return value === undefined ? NOBODY : identify(value);
    },
    view: (key) => {
      const value = from.get(key);
      return value === undefined ? undefined : view(value);
    },
  };
}

function split(key: string): Identity {
  const [namespace = '', name = ''] = key.split('/');
  return { namespace, name };
}

export function conditionView({ type, status, reason, message }: Condition): ConditionView {
  return { type, status, reason, message };
}
