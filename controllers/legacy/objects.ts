/** Where legacy resources are: manifests, annotations, and what installations older than Listeners did without. */

import {
  configAnnotation,
  isServed,
  type LegacyObject,
  readAnnotation,
  unknownVariables,
  type Variables,
  withVariables,
  wouldServe,
} from '../../lib/api/legacy/mod.ts';
import { formatPath, type KubeObject, type Unreadable } from '../../lib/api/mod.ts';
import type { Collection, Fetch, Graph, Index, Keyed } from '../../lib/graph/types.ts';
import type { Diagnostic, ObjectRef } from '../../lib/model/mod.ts';
import { type Finding, findingsOf } from '../findings.ts';
import type { ObjectCollections } from '../inputs.ts';
import type { Settings } from '../settings.ts';
import { LEGACY_GROUP, legacySettings, parentRef, refOf } from './settings.ts';
import { declareMade } from './synthesis.ts';
import { isKept } from './unreadable.ts';

/** Kinds that annotations may have, but for Pragma, which means nothing. */
const KINDS = [
  'Mapping',
  'TCPMapping',
  'Host',
  'Listener',
  'Module',
  'TLSContext',
  'AuthService',
  'RateLimitService',
  'TracingService',
  'LogService',
  'KubernetesServiceResolver',
  'KubernetesEndpointResolver',
  'ConsulResolver',
  'DevPortal',
  'CircuitBreaker',
  'OutlierDetection',
] as const;

/** A resource of an annotation. `key` is `Kind/namespace/name|Kind/namespace/name`, the latter of whose annotation it is. */
export interface Annotated extends Keyed {
  readonly object: LegacyObject;
  readonly parent: ObjectRef;
}

export interface LegacyObjects {
  readonly objects: ObjectCollections;
  /** Those of annotations, by `Kind/namespace/name`; the last is used, unless there is a manifest. */
  readonly annotated: Index<Annotated>;
  readonly unreadableAnnotated: Index<UnreadableAnnotated>;
  /** Those of this installation that cannot be decoded. */
  readonly unreadable: Collection<Unreadable>;
  readonly findings: Collection<Finding>;
}

export interface LegacySources {
  readonly objects: ObjectCollections;
  /** Of all kinds. */
  readonly unreadable: Collection<Unreadable>;
}

/** All objects, with those of annotations. Of the same kind, namespace and name a manifest goes first, then the last. */
export function declareLegacyObjects(
  graph: Graph,
  { objects, unreadable: written }: LegacySources,
  settings: Settings,
): LegacyObjects {
  const parents = graph.merge<KubeObject>('legacyAnnotatable', [
    graph.map('legacyAnnotatedServices', objects.Service, withAnnotation),
    graph.map('legacyAnnotatedIngresses', objects.Ingress, withAnnotation),
  ]);
  const annotated = graph.flatMap('legacyAnnotated', parents, annotatedIn);
  const byId = graph.index('legacyAnnotatedById', annotated, ({ object }) => [idOf(object)]);
  const legacy = legacySettings(settings);
  const { variables = {} } = legacy;
  const none = Object.keys(variables).length === 0;
  const all: Record<string, Collection<KubeObject>> = {};
  const unknown: Collection<Finding>[] = [];
  for (const kind of KINDS) {
    const manifests: Collection<LegacyObject> = objects[kind];
    const added = graph.map(
      `legacyAnnotated${kind}`,
      graph.index(
        `legacyAnnotated${kind}ByKey`,
        annotated,
        ({ object }) => object.kind === kind ? [object.key] : [],
      ),
      ({ key, members }, fetch) =>
        fetch.one(manifests, key) === undefined ? members.at(-1)?.object : undefined,
    );
    const both = graph.merge<LegacyObject>(`legacyAll${kind}`, [manifests, added]);
    all[kind] = none
      ? both
      : graph.map(`legacyFilledIn${kind}`, both, (object) => withVariables(object, variables));
    unknown.push(graph.flatMap(
      `legacyUnknownVariables${kind}`,
      both,
      (object) => {
        const diagnostics = unknownDiagnostics(object, variables);
        return diagnostics.length > 0 && isServed(withVariables(object, variables), legacy)
          ? findingsOf(`${idOf(object)}/variables`, diagnostics)
          : [];
      },
    ));
  }
  const given = { ...objects, ...all } as ObjectCollections;
  const broken = graph.index(
    'legacyUnreadableInAnnotations',
    graph.flatMap('legacyUnreadableOfParents', parents, unreadableIn),
    ({ broken }) => [broken.key],
  );
  const unreadable = graph.merge('legacyUnreadable', [
    graph.map(
      'legacyUnreadableManifests',
      written,
      (each) => each.object.group === LEGACY_GROUP && wouldServe(each, legacy) ? each : undefined,
    ),
    graph.map(
      'legacyUnreadableAnnotated',
      broken,
      ({ key, members }, fetch) => {
        const last = members.at(-1)?.broken;
        if (last === undefined || !wouldServe(last, legacy) || fetch.one(written, key)) return undefined;
        return isKept(last, fetch, objects) ? undefined : last;
      },
    ),
  ]);
  const made = declareMade(graph, given, { settings, unreadable });
  const findings = graph.merge('legacyObjectFindings', [
    made.findings,
    ...unknown,
    graph.flatMap(
      'legacyAnnotationProblems',
      parents,
      // Where there are files, their places are told with them.
      (parent) => settings.mode === 'kubernetes' ? findingsOf(parent.key, problemsOf(parent)) : [],
    ),
    graph.flatMap(
      'legacyAnnotationLosers',
      annotated,
      (each, fetch) => findingsOf(each.key, loserDiagnostics(each, fetch, { written: objects, byId })),
    ),
  ]);
  return {
    objects: made.objects,
    annotated: byId,
    unreadableAnnotated: broken,
    unreadable,
    findings,
  };
}

function withAnnotation(object: KubeObject): KubeObject | undefined {
  return object.metadata.annotations?.[configAnnotation] === undefined
    ? undefined
    : { ...object, key: `${object.kind}/${object.key}` };
}

function annotatedIn(parent: KubeObject): readonly Annotated[] {
  return readAnnotation(parent).objects.map((object) => ({
    key: `${idOf(object)}|${parent.key}`,
    object,
    parent: parentRef(parent),
  }));
}

/** A resource of an annotation that cannot be decoded. */
export interface UnreadableAnnotated extends Keyed {
  readonly broken: Unreadable;
  readonly parent: ObjectRef;
}

function unreadableIn(parent: KubeObject): readonly UnreadableAnnotated[] {
  return readAnnotation(parent).unreadable.map((broken, index) => ({
    key: `${broken.key}|${parent.key}|${index}`,
    broken,
    parent: parentRef(parent),
  }));
}

function idOf({ kind, key }: KubeObject): string {
  return `${kind}/${key}`;
}

const FIELD = `metadata.annotations[${JSON.stringify(configAnnotation)}]`;

function problemsOf(parent: KubeObject): readonly Diagnostic[] {
  return readAnnotation(parent).problems.map(({ severity, path, message, expected, resource }) => ({
    object: parentRef(parent),
    severity,
    code: 'BadAnnotation',
    field: formatPath(path),
    message: `${resource === undefined ? '' : `${resource}: `}${message}${
      expected === undefined ? '' : `; expected ${expected}`
    }`,
  }));
}

/** It may be meant as it is, such as in the text of an answer. */
function unknownDiagnostics(object: LegacyObject, variables: Variables): readonly Diagnostic[] {
  return unknownVariables(object, variables).map((name) => ({
    object: refOf(object),
    severity: 'warning',
    code: 'UnknownVariable',
    field: 'spec',
    message: `\${${name}} stays as it is, since nobody says what it is.`,
    fix: `Start the controller with --legacy-variable ${name}=VALUE, or write the value itself.`,
  }));
}

/** Told of a resource that another one of the same kind, namespace and name keeps from being used. */
function loserDiagnostics(
  { key, object, parent }: Annotated,
  fetch: Fetch,
  { written, byId }: { readonly written: ObjectCollections; readonly byId: Index<Annotated> },
): readonly Diagnostic[] {
  const kind = KINDS.find((each) => each === object.kind);
  const manifests: Collection<LegacyObject> | undefined = kind && written[kind];
  const last = fetch.by(byId, idOf(object)).at(-1);
  let by: string;
  if (manifests !== undefined && fetch.one(manifests, object.key) !== undefined) by = 'a manifest';
  else if (last === undefined || last.key === key) return [];
  else by = `that in the annotation of ${last.parent.kind} ${last.parent.namespace}/${last.parent.name}`;
  const message = `${idOf(object)} is not used: ${by} has the same kind, namespace and name.`;
  return [{ object: parent, severity: 'warning', code: 'Superseded', field: FIELD, message }];
}
