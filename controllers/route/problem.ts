import type { Diagnostic, ObjectRef } from '../../lib/model/mod.ts';

/** What is wrong with a rule of a route, and what it does to the route. */
export interface RuleProblem {
  /**
   * `rule`: the rule cannot be used, its requests get 500 (`Accepted`, `PartiallyInvalid`). `reference`: only what refers
   * is left out or answers 500 (`ResolvedRefs`). `note`: nothing but a diagnostic.
   */
  readonly effect: 'rule' | 'reference' | 'note';
  readonly reason: string;
  readonly message: string;
  /** Path within the route. */
  readonly field: string;
  readonly fix?: string;
}

/** Takes the problems of one rule as they are found. */
export type Report = (problem: RuleProblem) => void;

export function toDiagnostic(problem: RuleProblem, object: ObjectRef): Diagnostic {
  const { effect, reason, message, field, fix } = problem;
  return {
    object,
    severity: effect === 'note' ? 'warning' : 'error',
    code: reason,
    field,
    message,
    ...(fix === undefined ? {} : { fix }),
  };
}
