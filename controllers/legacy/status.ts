import type { Bucket, Collection, Fetch, Index, Keyed } from '../../lib/graph/types.ts';
import type { Diagnostic } from '../../lib/model/mod.ts';
import { type Judged, judged } from './conditions.ts';
import type { HostAtSite, HostResult, MappingEntry, ServedBy } from './flow.ts';
import type { GroupResult } from './groups.ts';
import { refOf } from './settings.ts';

/** `Running`, or `Inactive` with the reason, as Emissary writes it. */
export function mappingState(
  { key, mapping, problem }: MappingEntry,
  fetch: Fetch,
  groupsByMapping: Index<GroupResult>,
): Judged {
  const reason = problem?.message ?? fetch.by(groupsByMapping, key)[0]?.dropped[key];
  return judged(mapping, reason === undefined ? { state: 'Running' } : { state: 'Inactive', reason });
}

export function mappingDiagnostics({ mapping, problem }: MappingEntry): readonly Diagnostic[] {
  const object = refOf(mapping);
  const { semantics, envoyOverride } = mapping.spec;
  const diagnostics: Diagnostic[] = [];
  if (problem !== undefined) {
    diagnostics.push({ object, severity: 'error', code: 'InvalidMapping', ...problem });
  }
  if (semantics === '0.39' && envoyOverride !== undefined) {
    const message = 'envoy_override has no effect: it is for an Envoy of its time.';
    const field = 'spec.envoy_override';
    diagnostics.push({ object, severity: 'warning', code: 'NotTranslated', field, message });
  }
  return diagnostics;
}

/** A Mapping that no Host has is served nowhere, nor is one at shared ports without a listener for it. */
export function unservedDiagnostics(
  { key, place: { named, domain }, origins }: GroupResult,
  fetch: Fetch,
  served: Collection<ServedBy>,
): readonly Diagnostic[] {
  const found = fetch.one(served, key);
  if (found !== undefined && found.shut !== true) return [];
  const field = named ? 'spec.hostname' : 'metadata.labels';
  const told: Omit<Diagnostic, 'object'> = found === undefined
    ? {
      severity: 'warning',
      code: 'NoMatchingHost',
      field,
      message: named
        ? `No Listener has a Host for ${domain} that takes the Mapping, so nothing serves it.`
        : 'The Mapping names no host and no Host of a Listener selects its labels, so nothing serves it.',
      fix: 'Make a Listener, and a Host whose hostname and mappingSelector fit.',
    }
    : {
      severity: 'error',
      code: 'NoMatchingListener',
      field,
      message: `Its ports are a Gateway's, no listener of which is for ${
        named ? domain : 'its Hosts'
      }, so nothing serves it.`,
      fix: 'Give the Gateway a listener for the hostname, or the Listener a port of its own.',
    };
  return origins.map((object) => ({ object, ...told }));
}

/** A Host is told at which shared ports no listener is for its hostname; it is an error if it has no others. */
export function shutDiagnostics(
  { members }: Bucket<HostAtSite>,
  fetch: Fetch,
  shut: Collection<Keyed>,
): readonly Diagnostic[] {
  const closed = members.filter(({ key }) => fetch.one(shut, key) !== undefined);
  return closed.map(({ site: { publicPort }, host: { object, hostname } }) => ({
    object,
    severity: closed.length === members.length ? 'error' : 'warning',
    code: 'NoMatchingListener',
    field: 'spec.hostname',
    message:
      `Port ${publicPort} is a Gateway's, no listener of which is for ${hostname}, so it does not serve the Host.`,
    fix: 'Give the Gateway a listener for the hostname, or the Listener a port of its own.',
  }));
}

/** `Ready`, or `Error` with the reason. */
export function hostState({ key, object, generation, problem }: HostResult): Judged {
  return {
    key: `Host/${key}`,
    object,
    generation,
    state: problem === undefined ? { state: 'Ready' } : { state: 'Error', errorReason: problem },
  };
}
