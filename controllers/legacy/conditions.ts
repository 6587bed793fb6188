import type { LegacyObject } from '../../lib/api/legacy/mod.ts';
import type { KubeObject } from '../../lib/api/mod.ts';
import type { Collection, Fetch, Graph, Keyed } from '../../lib/graph/types.ts';
import type { Diagnostic, ObjectRef } from '../../lib/model/mod.ts';
import type { DiagnosticSet, StatusResult } from '../flow.ts';
import { conditionOf, type Standing } from '../gateway/conditions.ts';
import type { ObjectCollections } from '../inputs.ts';
import { refOf } from './settings.ts';

/** A legacy object that has a status, and its state as it was always written, if it had one. `key` is `Kind/namespace/name`. */
export interface Judged extends Keyed {
  readonly object: ObjectRef;
  readonly generation: number;
  readonly state?: Readonly<Record<string, string>>;
  /** Why it cannot be decoded. */
  readonly errors?: readonly Diagnostic[];
}

/** Kinds that Emissary writes no state of. */
const KINDS = [
  'Listener',
  'TCPMapping',
  'Module',
  'TLSContext',
  'AuthService',
  'RateLimitService',
  'TracingService',
  'LogService',
  'ConsulResolver',
  'KubernetesServiceResolver',
  'KubernetesEndpointResolver',
] as const;

/** Kinds that have no status, since nothing comes of them or no API server has them. */
const UNTOLD = ['DevPortal', 'CircuitBreaker', 'OutlierDetection'] as const;

/** Whether there is a status to say so. */
export function isTold({ object: { kind } }: Pick<Judged, 'object'>): boolean {
  return !UNTOLD.some((each) => each === kind);
}

type Serves = (object: KubeObject & LegacyObject) => boolean;

/** All objects of kinds without a state that this installation has to do with. */
export function judgedObjects(
  graph: Graph,
  objects: ObjectCollections,
  isServed: Serves,
): readonly Collection<Judged>[] {
  return [...KINDS, ...UNTOLD].map((kind) => {
    const input: Collection<LegacyObject> = objects[kind];
    return graph.map(
      `legacy${kind}Judged`,
      input,
      (object) => isServed(object) ? judged(object) : undefined,
    );
  });
}

export function judged(object: KubeObject, state?: Judged['state']): Judged {
  return {
    key: `${object.kind}/${object.key}`,
    object: refOf(object),
    generation: object.metadata.generation,
    ...(state === undefined ? {} : { state }),
  };
}

/** The state with the condition `Accepted`, which says what is wrong with the object, and names the fields. */
export function legacyStatus(
  { key, object, generation, state, errors: own }: Judged,
  fetch: Fetch,
  diagnostics: Collection<DiagnosticSet>,
): StatusResult {
  const told = own ?? fetch.one(diagnostics, key)?.diagnostics ?? [];
  const errors = told.filter(({ severity }) => severity === 'error');
  const accepted = conditionOf('Accepted', standingOf(errors), { observedGeneration: generation });
  return { key, object, generation, status: { ...state, conditions: [accepted] } };
}

/** More than these would hide the first. */
const TOLD = 10;

function standingOf(errors: readonly Diagnostic[]): Standing {
  const [first] = errors;
  if (first === undefined) return { holds: true, reason: 'Accepted', message: 'Nothing is wrong with it.' };
  const said = errors.slice(0, TOLD).map(({ field, message }) =>
    field === '' ? message : `${field}: ${message}`
  );
  const more = errors.length > TOLD ? [`And ${errors.length - TOLD} more.`] : [];
  return { holds: false, reason: first.code, message: [...said, ...more].join(' ') };
}
