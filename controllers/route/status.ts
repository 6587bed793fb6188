import type { Condition, RouteParentStatus, RouteStatus } from '../../lib/api/mod.ts';
import type { Collection, Fetch, Keyed } from '../../lib/graph/types.ts';
import type { Diagnostic, ObjectRef } from '../../lib/model/mod.ts';
import type { AttachableRoute } from '../attachment/attach.ts';
import type { DiagnosticSet, ParentAttachment, RouteAttachment, RouteResult, StatusResult } from '../flow.ts';
import { CONTROLLER_NAME, type Settings } from '../settings.ts';

/** That Envoy refused what a route became. */
export interface RouteRefusal {
  /** Nothing of the route is served; otherwise but a part, which answers 500. */
  readonly whole: boolean;
  /** Envoy's own words, and what they are about. */
  readonly message: string;
}

export interface RouteStatusReads {
  readonly attachments: Collection<RouteAttachment>;
  readonly results: Collection<RouteResult<Keyed>>;
  /** Looks up whether Envoy refused a RouteSet, by its key. */
  readonly refusal?: (routeSet: string, fetch: Fetch) => RouteRefusal | undefined;
}

/** RouteParentStatus for each parentRef that is ours. */
export function routeStatus(
  route: AttachableRoute,
  fetch: Fetch,
  reads: RouteStatusReads,
): StatusResult | undefined {
  const key = `${route.kind}/${route.key}`;
  const result = fetch.one(reads.results, key);
  if (result === undefined) return undefined;
  const refusal = refusalOf(result, fetch, reads);
  const parents: RouteParentStatus[] = [];
  for (const parent of fetch.one(reads.attachments, key)?.parents ?? []) {
    const parentRef = route.spec.parentRefs?.[parent.index];
    if (!parent.ours || parentRef === undefined) continue;
    const conditions = conditionsAt(parent, { result, refusal, generation: route.metadata.generation });
    parents.push({ parentRef, controllerName: CONTROLLER_NAME, conditions });
  }
  const status: RouteStatus = { parents };
  return { key, object: result.route, generation: route.metadata.generation, status };
}

interface Verdict {
  readonly result: RouteResult<Keyed>;
  readonly refusal: RouteRefusal | undefined;
  readonly generation: number;
}

function conditionsAt(
  parent: ParentAttachment,
  { result, refusal, generation }: Verdict,
): readonly Condition[] {
  const accepted = acceptedBy(parent, { result, refusal, generation });
  const others = accepted.status === 'True'
    ? result.conditions
    // Upstream: never on a route that is not accepted.
    : result.conditions.filter(({ type }) => type !== 'PartiallyInvalid');
  const partly = accepted.status === 'True' && refusal !== undefined &&
    !others.some(({ type }) => type === 'PartiallyInvalid');
  if (!partly) return [accepted, ...others];
  return [accepted, ...others, {
    type: 'PartiallyInvalid',
    status: 'True',
    reason: 'UnsupportedValue',
    message: `Dropped Rule: ${refusal.message}`,
    observedGeneration: generation,
  }];
}

function acceptedBy(parent: ParentAttachment, { result, refusal, generation }: Verdict): Condition {
  const condition = { type: 'Accepted', observedGeneration: generation };
  const { accepted, reason, message } = parent;
  if (!accepted) return { ...condition, status: 'False', reason, message };
  if (result.rejected !== undefined) return { ...condition, status: 'False', ...result.rejected };
  if (refusal?.whole === true) {
    return { ...condition, status: 'False', reason: 'UnsupportedValue', message: refusal.message };
  }
  return { ...condition, status: 'True', reason, message };
}

function refusalOf(
  result: RouteResult<Keyed>,
  fetch: Fetch,
  { refusal }: RouteStatusReads,
): RouteRefusal | undefined {
  if (refusal === undefined) return undefined;
  for (const { set } of result.sets) {
    const found = refusal(set.key, fetch);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What is wrong with a route's rules and where it should be attached but is not. */
export function routeDiagnostics(
  route: AttachableRoute,
  fetch: Fetch,
  reads: RouteStatusReads & { readonly settings: Settings },
): DiagnosticSet | undefined {
  const key = `${route.kind}/${route.key}`;
  const result = fetch.one(reads.results, key);
  if (result === undefined) return undefined;
  const diagnostics: Diagnostic[] = [...result.diagnostics, ...parentNotes(route, result.route)];
  for (const parent of fetch.one(reads.attachments, key)?.parents ?? []) {
    const diagnostic = attachmentDiagnostic(parent, route, {
      object: result.route,
      settings: reads.settings,
    });
    if (diagnostic !== undefined) diagnostics.push(diagnostic);
  }
  const refusal = refusalOf(result, fetch, reads);
  if (refusal !== undefined) {
    const { message } = refusal;
    diagnostics.push({ object: result.route, severity: 'error', code: 'RefusedByEnvoy', field: '', message });
  }
  return diagnostics.length === 0 ? undefined : { key, diagnostics };
}

/** What is no fault of any one parentRef. */
function parentNotes({ spec }: AttachableRoute, object: ObjectRef): readonly Diagnostic[] {
  const notes: Diagnostic[] = [];
  const note = (code: string, at: { readonly field: string; readonly message: string }): void => {
    notes.push({ object, severity: 'warning', code, ...at });
  };
  if (spec.useDefaultGateways === 'All') {
    const message = 'Default Gateways are not supported; the route attaches to its parentRefs alone.';
    note('UnsupportedValue', { field: 'spec.useDefaultGateways', message });
  }
  if ((spec.parentRefs ?? []).length === 0) {
    note('NoParents', {
      field: 'spec.parentRefs',
      message: 'The route has no parentRefs, so nothing serves it.',
    });
  }
  return notes;
}

function attachmentDiagnostic(
  { ours, accepted, index, reason, message, conflict }: ParentAttachment,
  route: AttachableRoute,
  { object, settings }: { readonly object: ObjectRef; readonly settings: Settings },
): Diagnostic | undefined {
  const field = `spec.parentRefs[${index}]`;
  if (ours && !accepted) return { object, severity: 'error', code: reason, field, message };
  if (ours) {
    return conflict === undefined
      ? undefined
      : { object, severity: 'warning', code: 'HostnameConflict', field, message: conflict };
  }
  // In a cluster it may be another controller's; a folder has but ours.
  const ref = route.spec.parentRefs?.[index];
  if (settings.mode === 'kubernetes' || ref === undefined) return undefined;
  const name = `${ref.kind} ${ref.namespace ?? object.namespace}/${ref.name}`;
  return {
    object,
    severity: 'error',
    code: 'NoMatchingParent',
    field,
    message: `${name} has no listeners here.`,
  };
}
