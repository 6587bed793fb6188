import { configAnnotation } from '../../lib/api/legacy/mod.ts';
import type { Service } from '../../lib/api/mod.ts';
import type { Collection, Fetch, Index, Keyed } from '../../lib/graph/types.ts';
import type { Diagnostic } from '../../lib/model/mod.ts';
import type { StatusResult } from '../flow.ts';
import type { HostResult, MappingEntry } from './flow.ts';
import type { GroupResult } from './groups.ts';
import { refOf } from './settings.ts';

/** `Running`, or `Inactive` with the reason, as Emissary writes it. */
export function mappingStatus(
  { key, mapping, problem }: MappingEntry,
  fetch: Fetch,
  groupsByMapping: Index<GroupResult>,
): StatusResult {
  const reason = problem?.message ?? fetch.by(groupsByMapping, key)[0]?.dropped[key];
  return {
    key: `Mapping/${key}`,
    object: refOf(mapping),
    generation: mapping.metadata.generation,
    status: reason === undefined ? { state: 'Running' } : { state: 'Inactive', reason },
  };
}

export function mappingDiagnostics({ mapping, problem }: MappingEntry): readonly Diagnostic[] {
  if (problem === undefined) return [];
  return [{ object: refOf(mapping), severity: 'error', code: 'InvalidMapping', ...problem }];
}

/** A Mapping that no Host has is served nowhere. */
export function unservedDiagnostics(
  { key, place, sets }: GroupResult,
  fetch: Fetch,
  served: Collection<Keyed>,
): readonly Diagnostic[] {
  const origin = sets[0]?.origin;
  if (origin === undefined || fetch.one(served, key) !== undefined) return [];
  const { named, domain } = place;
  return [{
    object: origin,
    severity: 'warning',
    code: 'NoMatchingHost',
    field: named ? 'spec.hostname' : 'metadata.labels',
    message: named
      ? `No Listener has a Host for ${domain} that takes the Mapping, so nothing serves it.`
      : 'The Mapping names no host and no Host of a Listener selects its labels, so nothing serves it.',
    fix: 'Make a Listener, and a Host whose hostname and mappingSelector fit.',
  }];
}

/** Resources in annotations are read and checked, and not served yet. */
export function annotationDiagnostics(service: Service): readonly Diagnostic[] {
  if (service.metadata.annotations?.[configAnnotation] === undefined) return [];
  const { metadata: { name, namespace = '' } } = service;
  return [{
    object: { group: '', kind: 'Service', namespace, name },
    severity: 'warning',
    code: 'NotTranslated',
    field: `metadata.annotations[${JSON.stringify(configAnnotation)}]`,
    message: 'Resources in annotations are not served yet.',
    fix: 'Write them as manifests.',
  }];
}

/** `Ready`, or `Error` with the reason. */
export function hostStatus({ key, object, generation, problem }: HostResult): StatusResult {
  return {
    key: `Host/${key}`,
    object,
    generation,
    status: problem === undefined ? { state: 'Ready' } : { state: 'Error', errorReason: problem },
  };
}
