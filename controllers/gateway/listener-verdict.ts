import type { Condition } from '../../lib/api/condition.ts';
import type { ListenerVerdict } from '../flow.ts';
import { conditionOf, type Standing } from './conditions.ts';
import type { JudgedListener } from './judge.ts';
import type { Finding, ListenerSource } from './listeners.ts';

export interface VerdictContext {
  readonly judged: ReadonlyMap<string, JudgedListener>;
  /** Keys of listeners whose `OverlappingTLSConfig` is true. */
  readonly overlapping: ReadonlySet<string>;
  /** Key of the model's Listener that serves a listener; undefined if none does. */
  readonly listenerOf: (listener: JudgedListener) => string | undefined;
}

/** Status of the listeners of a Gateway or ListenerSet, in the order of its spec. */
export function listenerVerdicts(
  { listeners, generation }: ListenerSource,
  { judged, overlapping, listenerOf }: VerdictContext,
): readonly ListenerVerdict[] {
  return listeners.flatMap(({ key, spec: { name } }) => {
    const listener = judged.get(key);
    if (listener === undefined) return [];
    const conditions = conditionsOf(listener, { generation, overlaps: overlapping.has(key) });
    const verdict = { name, projection: key, supportedKinds: listener.kinds, conditions };
    const served = listenerOf(listener);
    return [served === undefined ? verdict : { ...verdict, listener: served }];
  });
}

/** Whether the `Accepted` condition of a listener is true. */
export function isAccepted({ findings }: JudgedListener): boolean {
  return findings.every(({ condition }) => condition === 'ResolvedRefs');
}

/** Whether the `ResolvedRefs` condition of a listener is true. */
export function isResolved({ findings }: JudgedListener): boolean {
  return findings.every(({ condition }) => condition !== 'ResolvedRefs');
}

function conditionsOf(
  { findings }: JudgedListener,
  { generation, overlaps }: { readonly generation: number; readonly overlaps: boolean },
): readonly Condition[] {
  const observed = { observedGeneration: generation };
  const of = (...conditions: Finding['condition'][]): Standing | undefined =>
    problem(findings.filter(({ condition }) => conditions.includes(condition)));
  const conflict = of('Conflicted');
  const conditions = [
    conditionOf(
      'Accepted',
      of('Accepted', 'Conflicted') ?? good('Accepted', 'The listener is accepted.'),
      observed,
    ),
    conditionOf(
      'Conflicted',
      conflict === undefined
        ? { holds: false, reason: 'NoConflicts', message: 'The listener is distinct from all others.' }
        : { ...conflict, holds: true },
      observed,
    ),
    conditionOf(
      'ResolvedRefs',
      of('ResolvedRefs') ?? good('ResolvedRefs', 'All references are resolved.'),
      observed,
    ),
  ];
  if (overlaps) {
    const message =
      'Another listener on the port takes some of the same hostnames; misdirected requests get 421.';
    conditions.push(conditionOf('OverlappingTLSConfig', good('OverlappingHostnames', message), observed));
  }
  return conditions;
}

function good(reason: string, message: string): Standing {
  return { holds: true, reason, message };
}

function problem(findings: readonly Finding[]): Standing | undefined {
  const [first] = findings;
  if (first === undefined) return undefined;
  const message = findings.map(({ diagnostic }) => diagnostic.message).join(' ');
  return { holds: false, reason: first.diagnostic.code, message };
}
