import type { Condition } from '../../lib/api/condition.ts';
import type { ListenerVerdict } from '../flow.ts';
import { conditionOf, type Standing } from './conditions.ts';
import type { JudgedListener } from './judge.ts';
import type { Finding } from './listeners.ts';

/** Status of a listener, as far as configuration decides it. */
export function listenerVerdict(
  listener: JudgedListener,
  { generation, overlaps, served }: {
    readonly generation: number;
    /** Whether `OverlappingTLSConfig` is true. */
    readonly overlaps: boolean;
    /** Key of the model's Listener that serves it; undefined if none does. */
    readonly served: string | undefined;
  },
): ListenerVerdict {
  const { declared: { key, spec: { name } }, kinds } = listener;
  const conditions = conditionsOf(listener, { generation, overlaps });
  const verdict = { name, projection: key, supportedKinds: kinds, conditions };
  return served === undefined ? verdict : { ...verdict, listener: served };
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
